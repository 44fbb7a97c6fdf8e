import { toAppError } from "@faultline/contracts";
import {
	type Moment,
	readShape,
	type SeriesShape,
	type SeriesVerdict,
	type ShapeRecogniser,
	type Situation,
	shapeWords,
	toCells,
	toChannels,
	WINDOW_CELLS,
	WINDOW_CHANNELS,
	windowAround,
} from "@faultline/correlation";

/** Series that are looked at, the most abnormal: the bound of the cost. */
const MOST_SERIES = 32;
/** Cells that say anything of a shape. */
const FEWEST_CELLS = 12;
const FEWEST_BEFORE = 4;

/** The verdicts with the shape of the most abnormal series, all in one run; as they were, with a note, where the network cannot be used. */
export async function nameShapes(
	situation: Situation,
	moment: Moment,
	verdicts: ReadonlyMap<string, SeriesVerdict>,
	recogniser: ShapeRecogniser,
): Promise<{ verdicts: Map<string, SeriesVerdict>; notes: string[] }> {
	const named = new Map(verdicts);
	const windows = abnormalWindows(situation, moment, verdicts);
	if (windows.length === 0) return { verdicts: named, notes: [] };
	const size = WINDOW_CHANNELS * WINDOW_CELLS;
	const input = new Float32Array(windows.length * size);
	for (const [i, { channels }] of windows.entries()) input.set(channels, i * size);
	try {
		const { shapes, onsets } = await recogniser.recognise(input, windows.length);
		const kinds = shapes.length / windows.length;
		for (const [i, { id, verdict, place }] of windows.entries()) {
			const ofCells = onsets.subarray(i * WINDOW_CELLS, (i + 1) * WINDOW_CELLS);
			named.set(id, withShape(verdict, readShape(shapes.subarray(i * kinds, (i + 1) * kinds), ofCells, place)));
		}
		return { verdicts: named, notes: [] };
	} catch (thrown) {
		// an error that is not ours may quote anything
		const { code, message } = toAppError(thrown);
		return { verdicts: named, notes: [`Shapes of metrics are not named (${code === "INTERNAL" ? "the network failed" : message}).`] };
	}
}

function withShape(verdict: SeriesVerdict, shape: SeriesShape): SeriesVerdict {
	const told = shapeWords(shape, verdict.direction) !== undefined;
	return {
		...verdict,
		shape,
		words: told ? [...verdict.words, `shape network: ${shape.shape}, ${shape.probability.toFixed(2)}`] : verdict.words,
	};
}

function abnormalWindows(situation: Situation, moment: Moment, verdicts: ReadonlyMap<string, SeriesVerdict>) {
	return situation.series
		.flatMap(({ series, baseline }) => {
			const verdict = verdicts.get(series.id);
			return verdict?.anomalous === true ? [{ series, baseline, verdict }] : [];
		})
		.sort((a, b) => b.verdict.peak - a.verdict.peak)
		.slice(0, MOST_SERIES)
		.flatMap(({ series, baseline, verdict }) => {
			const { from, to } = windowAround(series.times, moment.onset, moment.until);
			const first = series.times[from] as number;
			const { values, width } = toCells(series.times.subarray(from, to), series.values.subarray(from, to));
			if (values.length < FEWEST_CELLS) return [];
			const before = Math.max(FEWEST_BEFORE, Math.floor((moment.onset - first) / width));
			const channels = toChannels(values, baseline?.values ?? values.subarray(0, before));
			return [{ id: series.id, verdict, channels, place: { cells: values.length, first, width } }];
		});
}
