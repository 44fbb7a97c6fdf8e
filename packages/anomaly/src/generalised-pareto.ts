/**
 * Generalised Pareto distribution: the law of what exceeds a high threshold.
 *
 *   P(Y > y) = (1 + xi y / sigma)^(-1/xi),   exp(-y / sigma) where xi = 0
 *
 * Pickands 1975, Balkema & de Haan 1974. Fitted by maximum likelihood along its profile (Grimshaw, "Computing Maximum Likelihood Estimates
 * for the Generalized Pareto Distribution", Technometrics 1993): with theta = xi / sigma the best xi is mean ln(1 + theta y), so one number
 * is searched for,
 *
 *   l(theta) = -n (ln(xi / theta) + xi + 1).
 *
 * Fit O(n) per step, about 150 steps.
 * Differs from the source: the shape is kept within [leastShape, greatestShape], since the likelihood has no bound where xi < -1 and no mean
 * where xi >= 1; a bounded grid and golden section instead of root finding.
 */
export interface GeneralisedPareto {
	/** xi: above 0 a heavy tail, 0 exponential, below 0 a tail that ends at -sigma / xi. */
	shape: number;
	/** sigma, in the unit of the excesses. */
	scale: number;
}

export interface ParetoFitOptions {
	leastShape?: number;
	greatestShape?: number;
}

const GRID = 48;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 60;

/** Fits positive excesses over a threshold; undefined where there is none. */
export function fitGeneralisedPareto(excesses: ArrayLike<number>, options: ParetoFitOptions = {}): GeneralisedPareto | undefined {
	const { leastShape = -0.5, greatestShape = 1 } = options;
	const y = Float64Array.from(excesses).filter((e) => Number.isFinite(e) && e > 0);
	if (y.length === 0) return undefined;
	// In units of the mean nothing overflows and one grid fits every scale.
	const largest = y.reduce((most, e) => Math.max(most, e), 0);
	const unit = largest * (y.reduce((sum, e) => sum + e / largest, 0) / y.length);
	const scaled = y.map((e) => e / unit);
	const theta = maximise(scaled, largest / unit, leastShape, greatestShape);
	const { shape, scale } = atTheta(scaled, theta, leastShape, greatestShape);
	return { shape, scale: scale * unit };
}

/** P(Y > y), in [0, 1]; 0 past the end of a bounded tail. */
export function paretoSurvival({ shape, scale }: GeneralisedPareto, y: number): number {
	if (!(y > 0)) return 1;
	if (Math.abs(shape) < 1e-9) return Math.exp(-y / scale);
	const base = 1 + (shape * y) / scale;
	return base <= 0 ? 0 : Math.exp(-Math.log(base) / shape);
}

/** The excess that is exceeded with probability p, 0 < p <= 1. */
export function paretoQuantile({ shape, scale }: GeneralisedPareto, p: number): number {
	if (Math.abs(shape) < 1e-9) return -scale * Math.log(p);
	return (scale * Math.expm1(-shape * Math.log(p))) / shape;
}

/** The best theta: a grid from just inside -1 / max y (where the tail would end at the largest excess) outwards, then golden section. */
function maximise(y: Float64Array, largest: number, leastShape: number, greatestShape: number): number {
	const value = (theta: number): number => logLikelihood(y, atTheta(y, theta, leastShape, greatestShape));
	const least = -(1 - 1e-6) / largest;
	const candidates = [0];
	for (let i = 0; i <= GRID; i++) {
		const t = i / GRID;
		candidates.push(least * (1 - t) ** 2, 10 ** (-4 + 6 * t));
	}
	candidates.sort((a, b) => a - b);
	let best = 0;
	for (let i = 1; i < candidates.length; i++) if (value(candidates[i] as number) > value(candidates[best] as number)) best = i;
	let low = candidates[Math.max(0, best - 1)] as number;
	let high = candidates[Math.min(candidates.length - 1, best + 1)] as number;
	for (let i = 0; i < STEPS; i++) {
		const a = high - GOLDEN * (high - low);
		const b = low + GOLDEN * (high - low);
		if (value(a) >= value(b)) high = b;
		else low = a;
	}
	const middle = (low + high) / 2;
	return value(middle) >= value(candidates[best] as number) ? middle : (candidates[best] as number);
}

/** The distribution of the profile at theta; past a bound of the shape, the best scale for that bound. */
function atTheta(y: Float64Array, theta: number, leastShape: number, greatestShape: number): GeneralisedPareto {
	let xi = 0;
	for (const e of y) xi += Math.log1p(theta * e);
	xi /= y.length;
	if (Math.abs(xi) < 1e-9 || Math.abs(theta) < 1e-12) return boundedShape(y, 0, leastShape, greatestShape);
	if (xi < leastShape || xi > greatestShape) return boundedShape(y, xi, leastShape, greatestShape);
	return { shape: xi, scale: xi / theta };
}

/** The scale by moments where the shape is held: E[Y] = sigma / (1 - xi), and no end of the tail before the largest excess. */
function boundedShape(y: Float64Array, xi: number, leastShape: number, greatestShape: number): GeneralisedPareto {
	const shape = Math.min(greatestShape, Math.max(leastShape, xi));
	let mean = 0;
	let largest = 0;
	for (const e of y) {
		mean += e / y.length;
		largest = Math.max(largest, e);
	}
	const scale = mean * Math.max(0.05, 1 - shape);
	return { shape, scale: shape < 0 ? Math.max(scale, -shape * largest * (1 + 1e-9)) : scale };
}

function logLikelihood(y: Float64Array, { shape, scale }: GeneralisedPareto): number {
	let sum = -y.length * Math.log(scale);
	for (const e of y) {
		if (Math.abs(shape) < 1e-9) sum -= e / scale;
		else {
			const base = 1 + (shape * e) / scale;
			if (base <= 0) return Number.NEGATIVE_INFINITY;
			sum -= (1 + 1 / shape) * Math.log(base);
		}
	}
	return sum;
}
