import { toGrid } from "./grid.ts";
import { median } from "./robust.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** A pattern that comes back, learned from a healthy stretch. */
export interface Season {
	/** Milliseconds after which it repeats. */
	period: number;
	/** How well it foretells cycles that it was not learned from: 1 without a miss, 0 no better than the median; about the share of the variance. */
	strength: number;
	/** What is usual at a time, in the series' own unit. */
	expected(at: number): number;
	/** What is left of the healthy stretch, each cell against the other cycles alone: as wide as what a new cycle leaves. */
	residuals: Float64Array;
	/** In words: "24 h", "7 d", "10 min". */
	words: string;
}

/** When a moment is, for what repeats with people's days (UTC): circular, so that 23:59 lies next to 00:00. */
export interface TimeFeatures {
	/** 0 to 23. */
	hour: number;
	/** 0, Sunday, to 6. */
	weekday: number;
	weekend: boolean;
	hourSine: number;
	hourCosine: number;
	weekSine: number;
	weekCosine: number;
}

/** Features of a time, milliseconds since the epoch. */
export function timeFeatures(at: number): TimeFeatures {
	const date = new Date(at);
	const day = (2 * Math.PI * (at % DAY)) / DAY;
	// the epoch was a Thursday
	const week = (2 * Math.PI * ((at + 4 * DAY) % WEEK)) / WEEK;
	const weekday = date.getUTCDay();
	return {
		hour: date.getUTCHours(),
		weekday,
		weekend: weekday === 0 || weekday === 6,
		hourSine: Math.sin(day),
		hourCosine: Math.cos(day),
		weekSine: Math.sin(week),
		weekCosine: Math.cos(week),
	};
}

/** Cells of the grid that a season is looked for on, the bound of the cost. */
const MOST_CELLS = 2_048;
/** Cells of a cycle that have a shape, and cycles of which one can foretell the other. */
const LEAST_LAG = 6;
const LEAST_CYCLES = 2;
/** Share of the cells that must have a value: in a stretch full of holes any few values repeat. */
const LEAST_KNOWN = 0.6;
/** A period that is no day and no week must show itself more often to be believed. */
const LEAST_ODD_CYCLES = 4;
/** Autocorrelation of an odd period that is looked at, and the strength from which on it is a season. */
const LEAST_CORRELATION = 0.4;
const LEAST_STRENGTH = 0.5;
/** Other periods tried, those that correlate best. */
const ODD_PERIODS = 3;

/**
 * The season of a healthy stretch of at least two cycles, else undefined: of a day, a week, and the peaks of the autocorrelation, the period whose cycles
 * foretell each other best. Each cell's value is foretold by the median of the other cycles' cells of its phase (leave one out), so that noise does
 * not count as a season and an odd cycle does not spoil it:
 *
 *   strength = 1 - (sum |x_i - m_-i| / sum |x_i - median x|)^2
 *
 * Autocorrelation as in Box, Jenkins & Reinsel, "Time Series Analysis", 2.1.5. Times ascend, in milliseconds. O(n min(n, 2048)).
 */
export function findSeason(times: Float64Array, values: ArrayLike<number>): Season | undefined {
	const grid = toGrid(times, values, MOST_CELLS);
	if (grid === undefined || grid.values.length < LEAST_CYCLES * LEAST_LAG) return undefined;
	const { values: cells, width, first } = grid;
	if (cells.reduce((n, x) => n + Number(Number.isFinite(x)), 0) < LEAST_KNOWN * cells.length) return undefined;
	let best: { lag: number; strength: number; residuals: Float64Array } | undefined;
	for (const lag of periods(cells, width)) {
		const { strength, residuals } = foretold(cells, lag);
		// a multiple of the true period foretells as well, from fewer cycles: it must be clearly better
		if (strength >= LEAST_STRENGTH && strength > (best?.strength ?? 0) + 0.02) best = { lag, strength, residuals };
	}
	if (best === undefined) return undefined;
	const profile = profileOf(cells, best.lag);
	const period = best.lag * width;
	return {
		period,
		strength: best.strength,
		residuals: best.residuals,
		expected: (at) => between(profile, (((at - first) % period) + period) % period, width),
		words: periodWords(period),
	};
}

/** Whole cells of each period worth trying, shortest first. */
function periods(cells: Float64Array, width: number): number[] {
	const n = cells.length;
	const known = [DAY, WEEK].map((p) => Math.round(p / width)).filter((lag) => lag >= LEAST_LAG && lag * LEAST_CYCLES <= n);
	const most = Math.floor(n / LEAST_ODD_CYCLES);
	if (most < LEAST_LAG) return known;
	const r = autocorrelation(cells, most);
	const peaks: number[] = [];
	for (let lag = LEAST_LAG; lag < most; lag++) {
		const here = r[lag] as number;
		if (here > LEAST_CORRELATION && here >= (r[lag - 1] as number) && here >= (r[lag + 1] as number)) peaks.push(lag);
	}
	const odd = peaks.sort((a, b) => (r[b] as number) - (r[a] as number)).slice(0, ODD_PERIODS);
	return [...new Set([...known, ...odd])].sort((a, b) => a - b);
}

/** r_k = sum (x_i - m)(x_{i+k} - m) / sum (x_i - m)^2 for k = 0 to `most`; cells without a value count as the mean. */
function autocorrelation(cells: Float64Array, most: number): Float64Array {
	const known = cells.filter(Number.isFinite);
	const mean = known.reduce((a, b) => a + b, 0) / known.length;
	const x = cells.map((v) => (Number.isFinite(v) ? v - mean : 0));
	const total = x.reduce((sum, v) => sum + v * v, 0);
	const r = new Float64Array(most + 1);
	if (!(total > 0)) return r;
	for (let k = 0; k <= most; k++) {
		let sum = 0;
		for (let i = 0; i + k < x.length; i++) sum += (x[i] as number) * (x[i + k] as number);
		r[k] = sum / total;
	}
	return r;
}

/** Each cell against the median of the other cycles' cells of its phase. */
function foretold(cells: Float64Array, lag: number): { strength: number; residuals: Float64Array } {
	const centre = median(cells);
	const residuals = cells.map((x, i) => {
		const others: number[] = [];
		for (let j = i % lag; j < cells.length; j += lag) if (j !== i) others.push(cells[j] as number);
		return x - median(others);
	});
	let missed = 0;
	let total = 0;
	for (const [i, residual] of residuals.entries()) {
		if (!Number.isFinite(residual)) continue;
		missed += Math.abs(residual);
		total += Math.abs((cells[i] as number) - centre);
	}
	return { strength: total > 0 ? 1 - (missed / total) ** 2 : 0, residuals };
}

/** The median of each phase; phases that were never seen hold the one before. */
function profileOf(cells: Float64Array, lag: number): Float64Array {
	const whole = median(cells);
	const profile = Float64Array.from({ length: lag }, (_, phase) => median(every(cells, phase, lag)));
	let last = profile.findLast(Number.isFinite) ?? whole;
	return profile.map((x) => {
		if (Number.isFinite(x)) last = x;
		return last;
	});
}

const every = (cells: Float64Array, from: number, lag: number): number[] =>
	Array.from({ length: Math.ceil((cells.length - from) / lag) }, (_, k) => cells[from + k * lag] as number);

/** Between two phases, the line between them. */
function between(profile: Float64Array, phase: number, width: number): number {
	const at = phase / width;
	const low = Math.floor(at) % profile.length;
	const a = profile[low] as number;
	const b = profile[(low + 1) % profile.length] as number;
	return a + (b - a) * (at - Math.floor(at));
}

function periodWords(period: number): string {
	const minutes = Math.round(period / 60_000);
	if (minutes >= 2 * 1440) return `${Math.round(minutes / 1440)} d`;
	return minutes >= 120 ? `${Math.round(minutes / 60)} h` : `${minutes} min`;
}
