import { object, oneOf } from '../language/builders.js';

/** The grid of FCNet, in the order of the digits of its keys. */
export const fcNetChoices = {
  activation_fn_1: ['relu', 'tanh'],
  activation_fn_2: ['relu', 'tanh'],
  batch_size: [8, 16, 32, 64],
  dropout_1: [0, 0.3, 0.6],
  dropout_2: [0, 0.3, 0.6],
  init_lr: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1],
  lr_schedule: ['cosine', 'const'],
  n_units_1: [16, 32, 64, 128, 256, 512],
  n_units_2: [16, 32, 64, 128, 256, 512],
} as const;

/** Architecture of FCNet alone: activations and widths of two layers; 144 points. */
export const fcNetArchitecture = object({
  activation_fn_1: oneOf(fcNetChoices.activation_fn_1),
  activation_fn_2: oneOf(fcNetChoices.activation_fn_2),
  n_units_1: oneOf(fcNetChoices.n_units_1),
  n_units_2: oneOf(fcNetChoices.n_units_2),
});

/** Regularisation of FCNet alone: dropout after each layer; 9 points. */
export const fcNetRegularization = object({
  dropout_1: oneOf(fcNetChoices.dropout_1),
  dropout_2: oneOf(fcNetChoices.dropout_2),
});

/** Optimiser settings of FCNet alone; 48 points. */
export const fcNetTraining = object({
  batch_size: oneOf(fcNetChoices.batch_size),
  init_lr: oneOf(fcNetChoices.init_lr),
  lr_schedule: oneOf(fcNetChoices.lr_schedule),
});

/**
 * The joint space of FCNet (Klein and Hutter, 2019): a regression network of two layers and its training; 62,208
 * points.
 */
export const fcNet = object({ ...fcNetArchitecture, ...fcNetRegularization, ...fcNetTraining });
