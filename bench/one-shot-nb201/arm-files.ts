import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { armName, progressSchema, resultSchema } from './arm.js';
import type { ArmResult, ArmSetting, Progress } from './arm.js';

/** The files of one arm in the folder of results: how far its training is, its weights, and its result. */
export class ArmFiles {
  private readonly name: string;

  constructor(
    private readonly folder: string,
    private readonly setting: ArmSetting,
  ) {
    this.name = armName(setting);
  }

  /** The result of a finished arm. Throws for one of another setting. */
  result(): ArmResult | null {
    const file = this.file('result.json');
    if (!existsSync(file)) return null;
    const read = resultSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    this.refuseOther(file, read.setting);
    return read;
  }

  /** How far an earlier process came, with its weights. */
  progress(): { readonly progress: Progress; readonly weights: Uint8Array } | null {
    const file = this.file('progress.json');
    if (!existsSync(file)) return null;
    const progress = progressSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    this.refuseOther(file, progress.setting);
    return { progress, weights: readFileSync(path.join(this.folder, progress.weights)) };
  }

  /** Keeps weights, then what names them: a kill between both leaves the progress before. */
  keepProgress(progress: Omit<Progress, 'setting' | 'weights'>, weights: Uint8Array): void {
    mkdirSync(this.folder, { recursive: true });
    const named = `${this.name}.${progress.steps}.weights`;
    this.write(path.join(this.folder, named), weights);
    const told: Progress = { setting: this.setting, weights: named, ...progress };
    this.write(this.file('progress.json'), JSON.stringify(told));
    this.removeWeights(named);
  }

  keepResult(result: ArmResult): void {
    mkdirSync(this.folder, { recursive: true });
    this.write(this.file('result.json'), JSON.stringify(result));
    rmSync(this.file('progress.json'), { force: true });
    this.removeWeights(null);
  }

  private removeWeights(except: string | null): void {
    const own = readdirSync(this.folder).filter(
      (file) => file.startsWith(`${this.name}.`) && file.endsWith('.weights') && file !== except,
    );
    for (const file of own) rmSync(path.join(this.folder, file));
  }

  private refuseOther(file: string, setting: ArmSetting): void {
    if (isDeepStrictEqual(setting, this.setting)) return;
    throw new Error(`${file} was made with another setting of the bench: remove it, or name another folder.`);
  }

  private file(what: string): string {
    return path.join(this.folder, `${this.name}.${what}`);
  }

  private write(file: string, content: string | Uint8Array): void {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }
}
