import { GraphError, show } from '../ground/index.js';
import type { FieldReader } from '../ground/index.js';
import { Choice } from '../supernetwork/index.js';
import { withDropout } from './classifier.js';
import type { NetworkBuilder } from './network-builder.js';

/** The network whose weights a search shares, or the larger one that is trained of what was found. */
export type EnasForm = 'search' | 'final';

/** Reads the form of a network of ENAS. */
export function readForm(fields: FieldReader): EnasForm {
  return fields.choice('form', ['search', 'final'], 'search');
}

/** A parameter as messages show it: a choice by its options. */
export function shown(value: unknown): unknown {
  return value instanceof Choice ? value.options : value;
}

/** Throws `GraphError` where a decision of a final network is still a choice. */
export function refuseChoices(builder: string, form: EnasForm, decisions: readonly unknown[]): void {
  if (form === 'search') return;
  for (const decision of decisions) {
    if (!(decision instanceof Choice)) continue;
    throw new GraphError(
      builder,
      `${show(decision.id)} is a choice, and the final form is one network: give it the point that was found.`,
    );
  }
}

/** Appends ReLU, a convolution without bias and batch normalisation; returns the last node. */
export function activatedConvolution(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  { filters, kernel }: { readonly filters: number; readonly kernel: number },
): string {
  const active = builder.node(`${scope}/activation`, 'activation', from, { function: 'relu' });
  const attributes = { filters, kernel: [kernel, kernel], bias: false } as const;
  const product = builder.node(`${scope}/convolution`, 'convolution', active, attributes);
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', product, {});
}

/** Appends ReLU, a separable convolution without bias and batch normalisation; returns the last node. */
export function activatedSeparable(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  { filters, kernel, stride }: { readonly filters: number; readonly kernel: number; readonly stride: number },
): string {
  const active = builder.node(`${scope}/activation`, 'activation', from, { function: 'relu' });
  const attributes = { filters, kernel: [kernel, kernel], stride, bias: false } as const;
  const product = builder.node(`${scope}/convolution`, 'separableConvolution', active, attributes);
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', product, {});
}

/** Appends a factorised reduction and batch normalisation; returns the last node. */
export function reduction(builder: NetworkBuilder, scope: string, from: string, filters: number): string {
  const halved = builder.node(`${scope}/reduction`, 'factorizedReduction', from, { filters });
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', halved, {});
}

/** Appends the linear classifier without bias behind dropout; returns the logits. */
export function linearClassifier(
  builder: NetworkBuilder,
  from: string,
  { classes, dropout }: { readonly classes: number; readonly dropout: number },
): string {
  const pooled = builder.node('head/globalAveragePooling', 'globalAveragePooling', from, {});
  const dropped = withDropout(builder, 'head/dropout', pooled, dropout);
  return builder.node('logits', 'dense', dropped, { units: classes, bias: false });
}
