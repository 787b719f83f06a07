import protobuf from 'protobufjs/minimal.js';
import type { Attribute, DataType, Sizes } from './attribute.js';
import { dataTypeNumber } from './attribute.js';
import type { GraphNode, Value } from './graph-writer.js';

/** What a saved model offers to its users: names of inputs and outputs. */
export interface Signature {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

const { Writer } = protobuf;
type Write = (writer: protobuf.Writer) => unknown;

/** Graph definitions of this version are understood by every TensorFlow 2. */
const graphVersion = 1087;

/** The bytes of `saved_model.pb`: one graph, tagged to be served, with its signature if it has one. */
export function encodeSavedModel(nodes: readonly GraphNode[], signature?: Signature): Uint8Array {
  const writer = Writer.create();
  writer.uint32(8).int64(1);
  message(writer, 2, (metaGraph) => {
    message(metaGraph, 1, (info) => info.uint32((4 << 3) | 2).string('serve'));
    message(metaGraph, 2, (graph) => {
      for (const node of nodes) message(graph, 1, (inner) => encodeNode(inner, node));
      message(graph, 4, (versions) => versions.uint32(8).int32(graphVersion));
    });
    if (signature !== undefined) {
      entry(metaGraph, 5, 'serving_default', (inner) => encodeSignature(inner, signature));
    }
  });
  return writer.finish();
}

function encodeNode(writer: protobuf.Writer, node: GraphNode): void {
  writer.uint32((1 << 3) | 2).string(node.name);
  writer.uint32((2 << 3) | 2).string(node.op);
  for (const input of node.inputs) writer.uint32((3 << 3) | 2).string(input);
  if (node.device !== undefined) writer.uint32((4 << 3) | 2).string(node.device);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    entry(writer, 5, name, (inner) => encodeAttribute(inner, attribute));
  }
}

function encodeAttribute(writer: protobuf.Writer, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'text':
      writer.uint32((2 << 3) | 2).string(attribute.value);
      return;
    case 'int':
      writer.uint32(3 << 3).int64(attribute.value);
      return;
    case 'float':
      writer.uint32((4 << 3) | 5).float(attribute.value);
      return;
    case 'flag':
      writer.uint32(5 << 3).bool(attribute.value);
      return;
    case 'type':
      writer.uint32(6 << 3).int32(dataTypeNumber[attribute.value]);
      return;
    case 'shape':
      message(writer, 7, (inner) => encodeSizes(inner, attribute.value));
      return;
    case 'ints':
      message(writer, 1, (list) => {
        message(list, 3, (packed) => {
          for (const value of attribute.value) packed.int64(value);
        });
      });
      return;
    case 'tensor':
      message(writer, 8, (inner) => encodeTensor(inner, attribute));
      return;
    default: {
      const never: never = attribute;
      throw new Error(`Unknown attribute ${JSON.stringify(never)}.`);
    }
  }
}

function encodeTensor(writer: protobuf.Writer, tensor: Extract<Attribute, { kind: 'tensor' }>): void {
  writer.uint32(8).int32(dataTypeNumber[tensor.type]);
  message(writer, 2, (inner) => encodeSizes(inner, tensor.sizes));
  const { values } = tensor;
  if (typeof values !== 'number') {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    writer.uint32((4 << 3) | 2).bytes(bytes);
  } else if (tensor.type === 'float') {
    message(writer, 5, (packed) => packed.float(values));
  } else {
    message(writer, 7, (packed) => packed.int32(values));
  }
}

function encodeSizes(writer: protobuf.Writer, sizes: Sizes): void {
  for (const size of sizes) message(writer, 2, (dimension) => dimension.uint32(8).int64(size));
}

function encodeSignature(writer: protobuf.Writer, { inputs, outputs }: Signature): void {
  for (const [field, values] of [[1, inputs] as const, [2, outputs] as const]) {
    for (const [name, value] of Object.entries(values)) {
      entry(writer, field, name, (info) => {
        info.uint32((1 << 3) | 2).string(value.name);
        info.uint32(2 << 3).int32(numberOf(value.type));
        message(info, 3, (inner) => encodeSizes(inner, value.sizes));
      });
    }
  }
  writer.uint32((3 << 3) | 2).string('tensorflow/serving/predict');
}

function numberOf(kind: DataType): number {
  return dataTypeNumber[kind];
}

function message(writer: protobuf.Writer, field: number, write: Write): void {
  write(writer.uint32((field << 3) | 2).fork());
  writer.ldelim();
}

// One entry of a map.
function entry(writer: protobuf.Writer, field: number, key: string, write: Write): void {
  message(writer, field, (inner) => {
    inner.uint32((1 << 3) | 2).string(key);
    message(inner, 2, write);
  });
}
