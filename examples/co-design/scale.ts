/** How much the job does: `full` takes some minutes on two cores, `small` less, `short` is for tests. */
export interface Scale {
  /** Passes over the data with which the supernetwork is trained. */
  readonly epochs: number;
  readonly accelerators: number;
  /** Architectures that each accelerator search looks at. */
  readonly architectures: number;
  /** Points of the front that are trained, and pipelines that are trained for each. */
  readonly points: number;
  readonly pipelines: number;
  /** Seeds of the final training. */
  readonly seeds: number;
  /** Images on which the supernetwork, a pipeline and the final network are trained, and on which each is measured. */
  readonly images: {
    readonly supernetwork: number;
    readonly pipeline: number;
    readonly final: number;
    readonly validation: number;
  };
}

export const scales = {
  full: {
    epochs: 30,
    accelerators: 24,
    architectures: 20,
    points: 3,
    pipelines: 16,
    seeds: 4,
    images: { supernetwork: 10_000, pipeline: 4_000, final: 20_000, validation: 2_000 },
  },
  small: {
    epochs: 12,
    accelerators: 12,
    architectures: 12,
    points: 2,
    pipelines: 8,
    seeds: 2,
    images: { supernetwork: 5_000, pipeline: 2_000, final: 10_000, validation: 2_000 },
  },
  short: {
    epochs: 2,
    accelerators: 4,
    architectures: 4,
    points: 2,
    pipelines: 4,
    seeds: 2,
    images: { supernetwork: 1_000, pipeline: 500, final: 1_000, validation: 500 },
  },
} as const satisfies Readonly<Record<string, Scale>>;

export type ScaleName = keyof typeof scales;
