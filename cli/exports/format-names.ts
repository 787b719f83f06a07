/** Formats for other programs, by the names that the command takes; apart, so that the help loads nothing more. */
export const exportFormats = ['optuna', 'csv', 'json'] as const;

export type ExportFormat = (typeof exportFormats)[number];
