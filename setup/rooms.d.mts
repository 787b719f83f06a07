/** What a room may import from another: all of it through its doors, or types alone, or some sub-rooms alone. */
export type RoomImport =
  string | { readonly room: string; readonly types?: boolean; readonly subRooms?: readonly string[] };

/** A folder at the top of the repository: the rooms that it may import, and its own folders. */
export interface Room {
  readonly imports: readonly RoomImport[];
  /** In the order in which they stand on each other. */
  readonly subRooms: readonly string[];
}

/** The rooms of Duramen by folder. */
export const rooms: Readonly<Record<string, Room>>;

/** Folders of the rooms, in no particular order. */
export const roomFolders: readonly string[];
