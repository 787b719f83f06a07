/** The groups of the sidebar, each with its pages. */
export function sidebar(): readonly {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}[];
