import { describe, expect, test } from 'vitest';
import { numbersOfBytes } from '../../../algorithms/contract/number-bytes.js';
import { adamStepInFloat32, adamStepInFloat64 } from '../../../algorithms/policy-gradient/adam.js';

describe('Adam in float64', () => {
  test('takes steps of the learning rate along a constant gradient, and keeps its moments', () => {
    let step = adamStepInFloat64(Float64Array.of(0, 1), Float64Array.of(1e-3, -7), null, 0.5);
    expect(step.parameters[0]).toBeCloseTo(0.5, 4);
    expect(step.parameters[1]).toBeCloseTo(0.5, 4);
    step = adamStepInFloat64(step.parameters, Float64Array.of(1e-3, -7), step.moments, 0.5);
    expect(step.parameters[0]).toBeCloseTo(1, 4);
    const memory = numbersOfBytes(step.moments, 6, 'moments');
    expect(memory[0]).toBeCloseTo(0.81, 12);
    expect(memory[2]).toBeCloseTo(0.19e-3, 12);
    expect(memory[5]).toBeCloseTo(49 * (1 - 0.999 * 0.999), 9);
  });

  test('moments of another policy are refused', () => {
    expect(() => adamStepInFloat64(new Float64Array(2), new Float64Array(2), new Uint8Array(8), 1)).toThrow(
      /optimiser moments/,
    );
  });
});

describe('Adam in float32', () => {
  const zeros = (size: number) => ({ first: new Float32Array(size), second: new Float32Array(size) });

  test('takes the same steps as in float64, to the accuracy of float32', () => {
    const parameters = Float32Array.of(0.5, -1, 2);
    const moments = zeros(3);
    let exact: Pick<ReturnType<typeof adamStepInFloat64>, 'parameters'> & { moments: Uint8Array | null } = {
      parameters: Float64Array.from(parameters),
      moments: null,
    };
    for (let step = 1; step <= 20; step += 1) {
      const gradient = Float64Array.of(1, -0.5 * step, (step % 3) - 1);
      adamStepInFloat32(parameters, gradient, moments, step, 0.01);
      exact = adamStepInFloat64(exact.parameters, gradient, exact.moments, 0.01);
    }
    for (const [at, value] of exact.parameters.entries()) expect(parameters[at]).toBeCloseTo(value, 5);
    expect(parameters[0]).toBeCloseTo(0.7, 4);
  });

  test('takes steps of the learning rate along a constant gradient, in its range alone, and rounds what it stores', () => {
    const parameters = Float32Array.of(0, 1, 5);
    const moments = zeros(3);
    for (let step = 1; step <= 2; step += 1)
      adamStepInFloat32(parameters, Float64Array.of(1e-3, -7, 1), moments, step, 0.5, 0, 2);
    expect(parameters[0]).toBeCloseTo(1, 4);
    expect(parameters[1]).toBeCloseTo(0, 4);
    expect(parameters[2]).toBe(5);
    expect(moments.first[2]).toBe(0);
    expect(moments.second[1]).toBeCloseTo(49 * (1 - 0.999 * 0.999), 6);
  });

  test('descends at a negative learning rate', () => {
    const parameters = new Float32Array(2);
    adamStepInFloat32(parameters, Float64Array.of(1, -1), zeros(2), 1, -0.5);
    expect(parameters[0]).toBeCloseTo(-0.5, 5);
    expect(parameters[1]).toBeCloseTo(0.5, 5);
  });
});
