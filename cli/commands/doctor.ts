import type { Command } from 'commander';
import { examine } from '#setup/doctor.mjs';
import { exitCode } from '../exit-code.js';
import { textTable } from '../text-table.js';
import { printJson, printLine } from '../output.js';

interface DoctorOptions {
  readonly json?: boolean;
}

const marks = { ok: 'ok', missing: 'MISSING', 'optional-missing': 'not there (optional)' } as const;

/** `duramen doctor` */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what was found on this machine, and what is missing')
    .description('Looks at everything that Duramen needs or can use; it changes and fetches nothing.')
    .option('--json', 'one line of JSON for each part')
    .addHelpText('after', '\nExample:\n  duramen doctor')
    .action(async ({ json }: DoctorOptions) => {
      const findings = await examine();
      if (json === true) {
        for (const finding of findings) printJson(finding);
      } else {
        const rows = findings.map(({ part, status, found, from, remedy }) => [
          part,
          marks[status],
          [found, from, remedy].filter((piece) => piece !== undefined).join('; '),
        ]);
        printLine(textTable(rows));
      }
      if (findings.some(({ status }) => status === 'missing')) process.exitCode = exitCode.failed;
    });
}
