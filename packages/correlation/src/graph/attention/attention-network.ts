/**
 * A graph attention network that scores the nodes of a graph: Velickovic et al., "Graph Attention Networks", ICLR 2018, eq. 1-5, two layers.
 *
 *   h_i = W x_i,   z_ij = leaky(a . h_i + b . h_j + sum_{r in R_ij} c_r),   alpha_ij = softmax_j z_ij,   x'_i = ELU(sum_j alpha_ij h_j)
 *   score_i = u . [x'_i ; x''_i] + v . x_i
 *
 * Differs from the paper: the relations of an edge (itself, neighbour, callee, caller, replica) each add a learned bias c_r to its attention, and the
 * score also sees the features themselves, so that with no neighbour it is a conditional logit. Row-major Float64Arrays throughout.
 */
export interface AttentionShape {
	/** Columns of the features. */
	features: number;
	heads: number;
	/** Width of one head. */
	width: number;
	relations: number;
}

export interface AttentionLayer {
	/** [inputs][heads * width] */
	w: Float64Array;
	/** [heads][width]: of the node that attends, and of the one it attends to. */
	a: Float64Array;
	b: Float64Array;
	/** [heads][relations] */
	c: Float64Array;
}

export interface AttentionWeights {
	shape: AttentionShape;
	layers: [AttentionLayer, AttentionLayer];
	/** [2 * heads * width] */
	u: Float64Array;
	/** [features] */
	v: Float64Array;
}

/** A graph as the network sees it. */
export interface AttentionInput {
	size: number;
	/** Of each node its features that are not 0, as [column, value]. */
	features: readonly (readonly (readonly [number, number])[])[];
	/** Of each node whom it attends to, itself included, as [node, bits of relations]. */
	attended: readonly (readonly (readonly [number, number])[])[];
}

/** Below 0 an attention's slope, as in the paper. */
const LEAK = 0.2;

/** What one layer computed, as its gradient needs it. */
export interface LayerPass {
	/** [node][heads * width], before attention. */
	h: Float64Array;
	/** Per node, per attended, per head. */
	alpha: Float64Array[];
	leaky: Uint8Array[];
	/** [node][heads * width], after ELU. */
	out: Float64Array;
}

export interface Pass {
	first: LayerPass;
	second: LayerPass;
	scores: Float64Array;
}

/** Cost O(nonzero features + edges heads width). */
export function attend(weights: AttentionWeights, input: AttentionInput): Pass {
	const { shape, layers, u, v } = weights;
	const wide = shape.heads * shape.width;
	const first = attendLayer(layers[0], shape, input, sparseProduct(input, layers[0].w, wide));
	const second = attendLayer(layers[1], shape, input, denseProduct(first.out, layers[1].w, input.size, wide));
	const scores = new Float64Array(input.size);
	for (let i = 0; i < input.size; i++) {
		let score = 0;
		for (let k = 0; k < wide; k++) {
			score += (u[k] as number) * (first.out[i * wide + k] as number) + (u[wide + k] as number) * (second.out[i * wide + k] as number);
		}
		for (const [column, value] of input.features[i] ?? []) score += (v[column] as number) * value;
		scores[i] = score;
	}
	return { first, second, scores };
}

function sparseProduct({ size, features }: AttentionInput, w: Float64Array, wide: number): Float64Array {
	const h = new Float64Array(size * wide);
	for (let i = 0; i < size; i++) {
		for (const [column, value] of features[i] ?? []) {
			for (let k = 0; k < wide; k++) h[i * wide + k] = (h[i * wide + k] as number) + value * (w[column * wide + k] as number);
		}
	}
	return h;
}

function denseProduct(x: Float64Array, w: Float64Array, size: number, wide: number): Float64Array {
	const h = new Float64Array(size * wide);
	for (let i = 0; i < size; i++) {
		for (let from = 0; from < wide; from++) {
			const value = x[i * wide + from] as number;
			for (let k = 0; k < wide; k++) h[i * wide + k] = (h[i * wide + k] as number) + value * (w[from * wide + k] as number);
		}
	}
	return h;
}

function attendLayer(
	layer: AttentionLayer,
	{ heads, width, relations }: AttentionShape,
	input: AttentionInput,
	h: Float64Array,
): LayerPass {
	const wide = heads * width;
	const own = headDots(h, layer.a, input.size, heads, width);
	const others = headDots(h, layer.b, input.size, heads, width);
	const out = new Float64Array(input.size * wide);
	const alpha: Float64Array[] = [];
	const leaky: Uint8Array[] = [];
	for (let i = 0; i < input.size; i++) {
		const attended = input.attended[i] ?? [];
		const weights = new Float64Array(attended.length * heads);
		const below = new Uint8Array(attended.length * heads);
		for (let head = 0; head < heads; head++) {
			let most = -Infinity;
			for (const [n, [j, bits]] of attended.entries()) {
				let z = (own[i * heads + head] as number) + (others[j * heads + head] as number);
				for (let r = 0; r < relations; r++) if ((bits >> r) & 1) z += layer.c[head * relations + r] as number;
				below[n * heads + head] = z < 0 ? 1 : 0;
				weights[n * heads + head] = z < 0 ? LEAK * z : z;
				most = Math.max(most, weights[n * heads + head] as number);
			}
			let sum = 0;
			for (let n = 0; n < attended.length; n++) sum += weights[n * heads + head] = Math.exp((weights[n * heads + head] as number) - most);
			for (const [n, [j]] of attended.entries()) {
				const share = (weights[n * heads + head] as number) / sum;
				weights[n * heads + head] = share;
				for (let k = head * width; k < (head + 1) * width; k++)
					out[i * wide + k] = (out[i * wide + k] as number) + share * (h[j * wide + k] as number);
			}
		}
		alpha.push(weights);
		leaky.push(below);
	}
	for (let k = 0; k < out.length; k++) if ((out[k] as number) < 0) out[k] = Math.expm1(out[k] as number);
	return { h, alpha, leaky, out };
}

function headDots(h: Float64Array, a: Float64Array, size: number, heads: number, width: number): Float64Array {
	const dots = new Float64Array(size * heads);
	for (let at = 0; at < size * heads; at++) {
		const head = at % heads;
		let sum = 0;
		for (let k = 0; k < width; k++) sum += (h[at * width + k] as number) * (a[head * width + k] as number);
		dots[at] = sum;
	}
	return dots;
}

/** dL/dweights of one graph, added to `into`, from dL/dscores. The chain rule over `attend`, term by term. */
export function attendBackwards(
	weights: AttentionWeights,
	input: AttentionInput,
	{ first, second }: Pass,
	dScores: Float64Array,
	into: AttentionWeights,
): void {
	const { shape, layers, u } = weights;
	const wide = shape.heads * shape.width;
	const dFirst = new Float64Array(input.size * wide);
	const dSecond = new Float64Array(input.size * wide);
	for (let i = 0; i < input.size; i++) {
		const d = dScores[i] as number;
		for (let k = 0; k < wide; k++) {
			add(into.u, k, d * (first.out[i * wide + k] as number));
			add(into.u, wide + k, d * (second.out[i * wide + k] as number));
			dFirst[i * wide + k] = d * (u[k] as number);
			dSecond[i * wide + k] = d * (u[wide + k] as number);
		}
		for (const [column, value] of input.features[i] ?? []) add(into.v, column, d * value);
	}
	const dH2 = layerBackwards(layers[1], shape, input, second, dSecond, into.layers[1]);
	for (let i = 0; i < input.size; i++) {
		for (let from = 0; from < wide; from++) {
			let sum = 0;
			for (let k = 0; k < wide; k++) {
				const d = dH2[i * wide + k] as number;
				sum += d * (layers[1].w[from * wide + k] as number);
				add(into.layers[1].w, from * wide + k, d * (first.out[i * wide + from] as number));
			}
			add(dFirst, i * wide + from, sum);
		}
	}
	const dH1 = layerBackwards(layers[0], shape, input, first, dFirst, into.layers[0]);
	for (let i = 0; i < input.size; i++) {
		for (const [column, value] of input.features[i] ?? []) {
			for (let k = 0; k < wide; k++) add(into.layers[0].w, column * wide + k, value * (dH1[i * wide + k] as number));
		}
	}
}

/** From dL/dout to dL/dh; the gradients of a, b and c are added to `into`. */
function layerBackwards(
	layer: AttentionLayer,
	{ heads, width, relations }: AttentionShape,
	input: AttentionInput,
	pass: LayerPass,
	dOut: Float64Array,
	into: AttentionLayer,
): Float64Array {
	const wide = heads * width;
	const dH = new Float64Array(input.size * wide);
	for (let i = 0; i < input.size; i++) {
		const attended = input.attended[i] ?? [];
		for (let head = 0; head < heads; head++) {
			const at = i * wide + head * width;
			// ELU' is 1 above 0, out + 1 below
			const dO = Float64Array.from({ length: width }, (_, k) => {
				const y = pass.out[at + k] as number;
				return (dOut[at + k] as number) * (y < 0 ? y + 1 : 1);
			});
			const dAlpha = attended.map(([j]) => {
				let sum = 0;
				for (let k = 0; k < width; k++) sum += (dO[k] as number) * (pass.h[j * wide + head * width + k] as number);
				return sum;
			});
			const share = (n: number): number => pass.alpha[i]?.[n * heads + head] as number;
			const mean = dAlpha.reduce((sum, d, n) => sum + d * share(n), 0);
			let dOwn = 0;
			for (const [n, [j, bits]] of attended.entries()) {
				const jat = j * wide + head * width;
				const dZ = share(n) * ((dAlpha[n] as number) - mean) * (pass.leaky[i]?.[n * heads + head] === 1 ? LEAK : 1);
				dOwn += dZ;
				for (let r = 0; r < relations; r++) if ((bits >> r) & 1) add(into.c, head * relations + r, dZ);
				for (let k = 0; k < width; k++) {
					add(dH, jat + k, share(n) * (dO[k] as number) + dZ * (layer.b[head * width + k] as number));
					add(into.b, head * width + k, dZ * (pass.h[jat + k] as number));
				}
			}
			for (let k = 0; k < width; k++) {
				add(dH, at + k, dOwn * (layer.a[head * width + k] as number));
				add(into.a, head * width + k, dOwn * (pass.h[at + k] as number));
			}
		}
	}
	return dH;
}

function add(array: Float64Array, at: number, by: number): void {
	array[at] = (array[at] as number) + by;
}
