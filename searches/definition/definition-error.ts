/** A search definition that cannot run: one sentence that starts with the place, such as `levels[1].budget.trials`. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';

  constructor(
    /** Where in the options or the definition; empty for the whole. */
    readonly place: string,
    sentence: string,
  ) {
    super(place === '' ? sentence : `${place}: ${sentence}`);
  }
}
