/**
 * Writes a model in ONNX's file format (protocol buffers; onnx.proto of ONNX 1.16, IR version 8, opset 17), as far as a small network needs
 * it: float and 64-bit integer constants, nodes with whole-number attributes, inputs and outputs of floats.
 */
export interface OnnxGraph {
	name: string;
	nodes: OnnxNode[];
	constants: Record<string, OnnxConstant>;
	/** Shapes; a word in place of a number is a size that may vary. */
	inputs: Record<string, (number | string)[]>;
	outputs: Record<string, (number | string)[]>;
}

export interface OnnxNode {
	type: string;
	inputs: string[];
	output: string;
	/** A number is an INT, a list INTS. */
	attributes?: Record<string, number | number[]>;
}

export type OnnxConstant = { floats: ArrayLike<number>; shape: number[] } | { integers: number[] };

const IR_VERSION = 8;
const OPSET = 17;
const [FLOAT, INT64] = [1, 7];
const [ATTRIBUTE_INT, ATTRIBUTE_INTS] = [2, 7];

/** Field numbers are those of onnx.proto. */
export function writeOnnxModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
	return bytes(
		integer(1, IR_VERSION),
		text(2, "faultline"),
		message(
			7,
			...graph.nodes.map((node) => message(1, ...nodeFields(node))),
			text(2, graph.name),
			...Object.entries(graph.constants).map(([name, constant]) => message(5, ...constantFields(name, constant))),
			...Object.entries(graph.inputs).map(([name, shape]) => message(11, ...valueFields(name, shape))),
			...Object.entries(graph.outputs).map(([name, shape]) => message(12, ...valueFields(name, shape))),
		),
		message(8, text(1, ""), integer(2, OPSET)),
	);
}

function nodeFields({ type, inputs, output, attributes = {} }: OnnxNode): Uint8Array[] {
	return [
		...inputs.map((name) => text(1, name)),
		text(2, output),
		text(3, `${type} ${output}`),
		text(4, type),
		...Object.entries(attributes).map(([name, value]) =>
			typeof value === "number"
				? message(5, text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT))
				: message(5, text(1, name), ...value.map((v) => integer(8, v)), integer(20, ATTRIBUTE_INTS)),
		),
	];
}

function constantFields(name: string, constant: OnnxConstant): Uint8Array[] {
	const floats = "floats" in constant;
	const raw = floats ? Float32Array.from(constant.floats) : BigInt64Array.from(constant.integers, BigInt);
	const shape = floats ? constant.shape : [constant.integers.length];
	return [
		...shape.map((size) => integer(1, size)),
		integer(2, floats ? FLOAT : INT64),
		text(8, name),
		field(9, new Uint8Array(raw.buffer)),
	];
}

function valueFields(name: string, shape: (number | string)[]): Uint8Array[] {
	const sizes = shape.map((size) => message(1, typeof size === "number" ? integer(1, size) : text(2, size)));
	return [text(1, name), message(2, message(1, integer(1, FLOAT), message(2, ...sizes)))];
}

/** Protocol buffers: a field is its number and kind, then a variable-length number, or a length and as many bytes. */
function integer(number: number, value: number): Uint8Array {
	return bytes(varint(BigInt(number) << 3n), varint(BigInt.asUintN(64, BigInt(value))));
}

function field(number: number, content: Uint8Array): Uint8Array {
	return bytes(varint((BigInt(number) << 3n) | 2n), varint(BigInt(content.length)), content);
}

const text = (number: number, value: string): Uint8Array => field(number, new TextEncoder().encode(value));
const message = (number: number, ...fields: Uint8Array[]): Uint8Array => field(number, bytes(...fields));

function varint(value: bigint): Uint8Array {
	const groups: number[] = [];
	let rest = value;
	do {
		const group = Number(rest & 127n);
		rest >>= 7n;
		groups.push(rest > 0n ? group | 128 : group);
	} while (rest > 0n);
	return Uint8Array.from(groups);
}

function bytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
	const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		joined.set(part, at);
		at += part.length;
	}
	return joined;
}
