/** Types of tensors that our graphs use. */
export type DataType = 'float' | 'int32' | 'uint8' | 'string' | 'bool' | 'resource';

/** TensorFlow's numbers for the types. */
export const dataTypeNumber = {
  float: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  bool: 10,
  resource: 20,
} as const satisfies Readonly<Record<DataType, number>>;

/** Sizes of a tensor; −1 is one that is known only when the graph runs, such as the batch. */
export type Sizes = readonly number[];

/** A constant: all its numbers, or one that stands for all. */
export type ConstantValues = Float32Array | Int32Array | number;

/** An attribute of a node. */
export type Attribute =
  | { readonly kind: 'type'; readonly value: DataType }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'shape'; readonly value: Sizes }
  | {
      readonly kind: 'tensor';
      readonly type: 'float' | 'int32';
      readonly sizes: Sizes;
      readonly values: ConstantValues;
    };

export type Attributes = Readonly<Record<string, Attribute>>;

export const type = (value: DataType): Attribute => ({ kind: 'type', value });
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const flag = (value: boolean): Attribute => ({ kind: 'flag', value });
export const text = (value: string): Attribute => ({ kind: 'text', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const shape = (value: Sizes): Attribute => ({ kind: 'shape', value });
