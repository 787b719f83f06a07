/*
 * Module resolution for bundled search files, loaded by `module.register`: a bundle lies in a cache folder, but its
 * bare imports mean the packages of the user's project, and `duramen` means this very installation.
 */

interface ResolveContext {
  readonly conditions: readonly string[];
  readonly importAttributes: Readonly<Record<string, string>>;
  readonly parentURL?: string;
}

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}

/** The data of a registration: URLs of folders with a slash at the end. */
export interface BundleHooksData {
  readonly bundles: string;
  readonly projectRoot: string;
  readonly installation: string;
}

const registrations: BundleHooksData[] = [];

/** Called by Node with the data given to each `register`. */
export function initialize(data: BundleHooksData): void {
  registrations.push(data);
}

/** Called by Node for every import. */
export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Promise<Resolved>,
): Promise<Resolved> {
  const importer = context.parentURL;
  const registration =
    importer === undefined ? undefined : registrations.find(({ bundles }) => importer.startsWith(bundles));
  if (registration === undefined) return next(specifier, context);
  const own = /^duramen(?:\/([a-z-]+))?$/.exec(specifier);
  if (own !== null) {
    const room = own[1] === undefined ? '' : `${own[1]}/`;
    return { url: `${registration.installation}${room}index.js`, format: 'module', shortCircuit: true };
  }
  return next(specifier, { ...context, parentURL: `${registration.projectRoot}package.json` });
}
