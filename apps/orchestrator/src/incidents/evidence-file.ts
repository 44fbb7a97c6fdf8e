import { gunzipSync, gzipSync } from "node:zlib";
import { Coverage, type EvidenceSet, MetricSeriesWire, Signal, seriesFromWire, seriesToWire, Topology, Window } from "@faultline/contracts";
import { z } from "zod";

const EvidenceFile = z.object({
	id: z.string(),
	title: z.string(),
	window: Window,
	alertTime: z.string().optional(),
	focus: z.string().optional(),
	signals: z.array(Signal),
	series: z.array(MetricSeriesWire),
	baselineSeries: z.array(MetricSeriesWire),
	topology: Topology,
	coverage: z.array(Coverage),
});

/** An evidence set as gzipped JSON. */
export function packEvidence(evidence: EvidenceSet): Buffer {
	const wire = { ...evidence, series: evidence.series.map(seriesToWire), baselineSeries: evidence.baselineSeries.map(seriesToWire) };
	return gzipSync(JSON.stringify(wire), { level: 6 });
}

/** The same read back. @throws where the bytes are not what packEvidence wrote. */
export function unpackEvidence(bytes: Uint8Array): EvidenceSet {
	const { alertTime, focus, series, baselineSeries, ...rest } = EvidenceFile.parse(JSON.parse(gunzipSync(bytes).toString("utf8")));
	return {
		...rest,
		...(alertTime === undefined ? {} : { alertTime }),
		...(focus === undefined ? {} : { focus }),
		series: series.map(seriesFromWire),
		baselineSeries: baselineSeries.map(seriesFromWire),
	};
}
