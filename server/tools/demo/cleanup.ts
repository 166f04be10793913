/** What has to be closed and removed at the end, however far the demo came. */
export class Cleanup {
  readonly #steps: { readonly what: string; readonly run: () => Promise<void> }[] = [];

  /** To be called as soon as there is something to undo. */
  add(what: string, run: () => Promise<void>): void {
    this.#steps.push({ what, run });
  }

  /** The newest first. A step that fails stops no other; answers what failed. */
  async run(): Promise<string[]> {
    const failed: string[] = [];
    for (const { what, run } of this.#steps.splice(0).reverse()) {
      await run().catch((error: unknown) => {
        failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    return failed;
  }
}
