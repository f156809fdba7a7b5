/** The paths of a container at which something is mounted. */
export function foldersOf(...lists: readonly (readonly { readonly path: string }[] | undefined)[]): string[] {
  return lists.flatMap((list) => (list ?? []).map(({ path }) => path));
}
