/** What the row of an image says about its object. */
export interface ObjectRow {
  readonly objectId: string;
  readonly project: string;
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Whether its project is being deleted: then the object goes before its row. */
  readonly isGoing: boolean;
}

/** The rows of images by the objects that they name, of every project. Every call sees the latest commit. */
export interface ObjectRows {
  /**
   * A page of rows, object ids ascending.
   *
   * @param id the last one of the page before; an empty text for the first page
   * @param limit 1 to 1000
   */
  after(id: string, limit: number): Promise<readonly ObjectRow[]>;
  /**
   * Rows that name these objects now.
   *
   * @param ids up to 1000
   */
  naming(ids: readonly string[]): Promise<readonly ObjectRow[]>;
  /** How many rows there are, and the bytes of their objects. */
  totals(): Promise<{ readonly images: number; readonly bytes: number }>;
}
