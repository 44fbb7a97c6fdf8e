/**
 * The network of a variational autoencoder, with its gradient: one hidden layer each way, normal in the middle and at the end.
 *
 *   h = tanh(x W1 + b1),   mu = h Wm + bm,   ln s^2 = clip(h Wv + bv),   z = mu + s * noise
 *   g = tanh(z W2 + b2),   x' = g Wx + bx,   ln t^2 = clip(g Wt + bt)
 *
 * Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, sections 2.4 and 3 and appendix C.2. Row vectors; a weight matrix is stored
 * input by input. All parameters are one array, so that an optimiser needs to know nothing of layers.
 */
export interface NetworkShape {
	/** Numbers a row, hidden units each way, and numbers in the middle. */
	dimensions: number;
	hidden: number;
	latent: number;
}

export const LAYERS = ["encode", "mean", "logVariance", "decode", "output", "outputLogVariance"] as const;
export type LayerName = (typeof LAYERS)[number];

/** Logarithms of variances stay within these: nothing standardised is known better than to 5 % of its deviation. */
export const LATENT_BOUNDS = [-8, 8] as const;
export const OUTPUT_BOUNDS = [-6, 6] as const;
export const LN_2_PI = Math.log(2 * Math.PI);

export interface Layer {
	inputs: number;
	outputs: number;
	/** Position of the weights among the parameters; the biases are behind them. */
	at: number;
}

export function layersOf({ dimensions, hidden, latent }: NetworkShape): { layers: Record<LayerName, Layer>; size: number } {
	const sizes: Record<LayerName, [number, number]> = {
		encode: [dimensions, hidden],
		mean: [hidden, latent],
		logVariance: [hidden, latent],
		decode: [latent, hidden],
		output: [hidden, dimensions],
		outputLogVariance: [hidden, dimensions],
	};
	let at = 0;
	const layers = {} as Record<LayerName, Layer>;
	for (const name of LAYERS) {
		const [inputs, outputs] = sizes[name];
		layers[name] = { inputs, outputs, at };
		at += (inputs + 1) * outputs;
	}
	return { layers, size: at };
}

export interface Loss {
	/** Mean over the rows of the negative evidence lower bound, -E[ln p(x | z)] + KL(q(z | x), N(0, 1)), in nats. */
	loss: number;
	/** Its gradient by the parameters. */
	gradient: Float64Array;
}

/** Loss of `count` rows with one noise vector each. The gradient is the same array every time; it is left alone where not `learning`. */
export function createNetwork(
	shape: NetworkShape,
	batch: number,
): (p: Float64Array, x: Float64Array, noise: Float64Array, count: number, learning: boolean) => Loss {
	const { dimensions, hidden, latent } = shape;
	const { layers, size } = layersOf(shape);
	const room = (width: number): Float64Array => new Float64Array(batch * width);
	const gradient = new Float64Array(size);
	const [h, mean, logVariance, z] = [room(hidden), room(latent), room(latent), room(latent)];
	const [g, output, outputLogVariance] = [room(hidden), room(dimensions), room(dimensions)];
	const [dOutput, dLog, dg, dz, dLatentLog, dh] = [
		room(dimensions),
		room(dimensions),
		room(hidden),
		room(latent),
		room(latent),
		room(hidden),
	];

	return (p, x, noise, count, learning) => {
		forward(p, layers.encode, x, count, h);
		squash(h, count * hidden);
		forward(p, layers.mean, h, count, mean);
		forward(p, layers.logVariance, h, count, logVariance);
		let loss = 0;
		for (let i = 0; i < count * latent; i++) {
			const mu = mean[i] as number;
			const raw = logVariance[i] as number;
			const log = bound(raw, LATENT_BOUNDS);
			const variance = Math.exp(log);
			z[i] = mu + Math.sqrt(variance) * (noise[i] as number);
			loss += 0.5 * (mu * mu + variance - log - 1);
			dLatentLog[i] = raw === log ? 0.5 * (variance - 1) : Number.NaN;
		}
		forward(p, layers.decode, z, count, g);
		squash(g, count * hidden);
		forward(p, layers.output, g, count, output);
		forward(p, layers.outputLogVariance, g, count, outputLogVariance);
		for (let i = 0; i < count * dimensions; i++) {
			const raw = outputLogVariance[i] as number;
			const log = bound(raw, OUTPUT_BOUNDS);
			const precision = Math.exp(-log);
			const error = (output[i] as number) - (x[i] as number);
			loss += 0.5 * (log + error * error * precision + LN_2_PI);
			dOutput[i] = error * precision;
			dLog[i] = raw === log ? 0.5 * (1 - error * error * precision) : 0;
		}
		if (!learning) return { loss: loss / count, gradient };
		gradient.fill(0);
		dg.fill(0);
		backward(p, layers.output, g, dOutput, count, gradient, dg);
		backward(p, layers.outputLogVariance, g, dLog, count, gradient, dg);
		unsquash(dg, g, count * hidden);
		dz.fill(0);
		backward(p, layers.decode, z, dg, count, gradient, dz);
		for (let i = 0; i < count * latent; i++) {
			const throughNoise = 0.5 * (dz[i] as number) * ((z[i] as number) - (mean[i] as number));
			dLatentLog[i] = Number.isNaN(dLatentLog[i]) ? 0 : (dLatentLog[i] as number) + throughNoise;
			dz[i] = (dz[i] as number) + (mean[i] as number);
		}
		dh.fill(0);
		backward(p, layers.mean, h, dz, count, gradient, dh);
		backward(p, layers.logVariance, h, dLatentLog, count, gradient, dh);
		unsquash(dh, h, count * hidden);
		backward(p, layers.encode, x, dh, count, gradient, undefined);
		for (let i = 0; i < size; i++) gradient[i] = (gradient[i] as number) / count;
		return { loss: loss / count, gradient };
	};
}

const bound = (x: number, [least, greatest]: readonly [number, number]): number => Math.min(greatest, Math.max(least, x));

function forward(p: Float64Array, { inputs, outputs, at }: Layer, x: Float64Array, count: number, y: Float64Array): void {
	const biases = at + inputs * outputs;
	for (let row = 0; row < count; row++) {
		const to = row * outputs;
		for (let o = 0; o < outputs; o++) y[to + o] = p[biases + o] as number;
		for (let i = 0; i < inputs; i++) {
			const value = x[row * inputs + i] as number;
			const from = at + i * outputs;
			for (let o = 0; o < outputs; o++) y[to + o] = (y[to + o] as number) + value * (p[from + o] as number);
		}
	}
}

/** Adds to the gradient of the layer's parameters, and (where asked for) of its inputs. */
function backward(
	p: Float64Array,
	{ inputs, outputs, at }: Layer,
	x: Float64Array,
	dy: Float64Array,
	count: number,
	gradient: Float64Array,
	dx: Float64Array | undefined,
): void {
	const biases = at + inputs * outputs;
	for (let row = 0; row < count; row++) {
		const to = row * outputs;
		for (let o = 0; o < outputs; o++) gradient[biases + o] = (gradient[biases + o] as number) + (dy[to + o] as number);
		for (let i = 0; i < inputs; i++) {
			const value = x[row * inputs + i] as number;
			const from = at + i * outputs;
			let sum = 0;
			for (let o = 0; o < outputs; o++) {
				const d = dy[to + o] as number;
				gradient[from + o] = (gradient[from + o] as number) + value * d;
				sum += d * (p[from + o] as number);
			}
			if (dx !== undefined) dx[row * inputs + i] = (dx[row * inputs + i] as number) + sum;
		}
	}
}

function squash(values: Float64Array, count: number): void {
	for (let i = 0; i < count; i++) values[i] = Math.tanh(values[i] as number);
}

/** Gradient before tanh from the gradient behind it and tanh's value. */
function unsquash(gradient: Float64Array, values: Float64Array, count: number): void {
	for (let i = 0; i < count; i++) gradient[i] = (gradient[i] as number) * (1 - (values[i] as number) ** 2);
}
