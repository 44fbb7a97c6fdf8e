#!/usr/bin/env node
// Fits packages/correlation/src/report/learned-calibration.ts on captures with a truth beside them, made by `sandbox generate`.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const HELP = `usage: node scripts/calibrate.mjs --captures DIR --held-out DIR [--keep DIR] [--write]

Analyses every capture below DIR that has a truth.json, fits two logistic regressions (is it an incident? is the first cause right?) and chooses their
thresholds by five-fold cross-validation, and prints what they reach on the captures held out, which nothing was fitted on.

  --captures DIR   from: node apps/sandbox/src/main.ts generate --out DIR --count 700 --healthy-share 0.4
  --held-out DIR   likewise, of another seed
  --keep DIR       keep the figures of the captures in this folder, or take them from there where they are
  --write          write packages/correlation/src/report/learned-calibration.ts
`;
const { values } = parseArgs({
	options: {
		captures: { type: "string" },
		"held-out": { type: "string" },
		keep: { type: "string" },
		write: { type: "boolean", default: false },
		help: { type: "boolean", short: "h", default: false },
	},
});
if (values.help || !values.captures || !values["held-out"]) {
	process.stdout.write(HELP);
	process.exit(values.help ? 0 : 2);
}
const root = resolve(import.meta.dirname, "..");

function capturesBelow(folder) {
	if (existsSync(join(folder, "truth.json"))) return [folder];
	return readdirSync(folder, { withFileTypes: true })
		.filter((e) => e.isDirectory())
		.flatMap((e) => capturesBelow(join(folder, e.name)))
		.sort();
}

async function collect(captures) {
	const kept = values.keep && join(values.keep, `${basename(captures)}.json`);
	if (kept && existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8"));
	const [{ readCapture }, { analyze }] = await Promise.all([
		import(join(root, "packages/contracts/src/capture/index.ts")),
		import(join(root, "apps/orchestrator/src/pipeline.ts")),
	]);
	const rows = [];
	for (const folder of capturesBelow(captures)) {
		const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8"));
		let told;
		await analyze(
			{ ...(await readCapture(folder)), id: "capture" },
			{
				onFigures: (figures, first) => {
					told = { ...figures, first };
				},
			},
		);
		const id = folder.slice(captures.length);
		const right = (truth.rootCauses ?? []).some((c) => c.service === told.first || c.pod === told.first);
		rows.push({
			id,
			incident: !truth.healthy,
			right,
			judged: told.judged,
			verdict: told.verdict,
			confidence: told.confidence,
		});
		if (rows.length % 50 === 0) process.stderr.write(`calibrate: ${rows.length} captures\n`);
	}
	if (kept) writeFileSync(kept, JSON.stringify(rows));
	return rows;
}

/** Logistic regression with a ridge penalty, by gradient descent with momentum on standardised figures; weights are given for the raw ones. */
function fit(rows, x, y, ridge = 0.02) {
	const d = x(rows[0]).length;
	const mean = Array.from({ length: d }, (_, i) => rows.reduce((s, r) => s + x(r)[i], 0) / rows.length);
	const scale = mean.map((m, i) => Math.sqrt(rows.reduce((s, r) => s + (x(r)[i] - m) ** 2, 0) / rows.length) || 1);
	const w = new Array(d + 1).fill(0);
	const v = new Array(d + 1).fill(0);
	for (let step = 0; step < 3000; step++) {
		const g = w.map((weight, i) => (i === d ? 0 : ridge * weight));
		for (const r of rows) {
			const z = x(r).map((f, i) => (f - mean[i]) / scale[i]);
			const p = 1 / (1 + Math.exp(-(w[d] + z.reduce((s, f, i) => s + f * w[i], 0))));
			const error = (p - (y(r) ? 1 : 0)) / rows.length;
			for (let i = 0; i < d; i++) g[i] += error * z[i];
			g[d] += error;
		}
		for (let i = 0; i <= d; i++) {
			v[i] = 0.9 * v[i] - 0.3 * g[i];
			w[i] += v[i];
		}
	}
	const weights = scale.map((s, i) => w[i] / s);
	return { bias: w[d] - weights.reduce((s, weight, i) => s + weight * mean[i], 0), weights };
}

const chance = ({ bias, weights }, figures) => 1 / (1 + Math.exp(-figures.reduce((s, f, i) => s + f * weights[i], bias)));

/** What each row gets from a model that was fitted without it, in five parts: thresholds chosen on these are not flattered by the fit. */
function outOfFold(rows, x, y) {
	const part = (r) => createHash("sha256").update(`fold${r.id}`).digest()[0] % 5;
	const models = [0, 1, 2, 3, 4].map((k) =>
		fit(
			rows.filter((r) => part(r) !== k),
			x,
			y,
		),
	);
	return rows.map((r) => ({ row: r, p: chance(models[part(r)], x(r)) }));
}

/** The least threshold above which at most the share `most` of all that could be wrong is (`among`), or of what lies above it where none is given. */
function leastThreshold(scored, wrong, most, among) {
	const total = among === undefined ? undefined : scored.filter(among).length;
	for (const t of [...new Set(scored.map((s) => s.p))].sort((a, b) => a - b)) {
		const above = scored.filter((s) => s.p >= t);
		if (above.filter(wrong).length / Math.max(1, total ?? above.length) <= most) return t;
	}
	return 1;
}

const [train, held] = [await collect(values.captures), await collect(values["held-out"])];
const verdictOf = (r) => r.verdict;
const confidenceOf = (r) => r.confidence;
const incidents = (part) => part.filter((r) => r.incident);
const verdict = fit(train, verdictOf, (r) => r.incident);
// what someone was paged for is not taken back: the threshold is of the other windows
const paged = (r) => r.verdict[0] > 0 || r.verdict[2] > 0;
// one standard error inside the 5 % that are asked for: the windows to come are no easier than these
const incidentFrom = leastThreshold(
	outOfFold(train, verdictOf, (r) => r.incident).filter(({ row }) => !paged(row)),
	({ row }) => !row.incident,
	0.025,
	({ row }) => !row.incident,
);
const confidence = fit(incidents(train), confidenceOf, (r) => r.right);
const oof = outOfFold(incidents(train), confidenceOf, (r) => r.right);
// a point better than asked for: what is held out is never as good
const confirmedFrom = leastThreshold(oof, ({ row }) => !row.right, 0.04);

const share = (part, is) => (part.length === 0 ? null : Number((part.filter(is).length / part.length).toFixed(3)));
function reached(part) {
	// as temperVerdict has it: by rule where somebody was paged or it is plain, after all where a change fits, else where both agree
	const likely = (r) => chance(verdict, r.verdict) >= incidentFrom;
	const called = (r) => {
		const byRule = r.judged.verdict === "incident";
		return paged(r) || r.judged.plain ? byRule : byRule ? likely(r) : r.verdict.at(-1) > 0 && likely(r);
	};
	const sure = (r) => chance(confidence, r.confidence) >= confirmedFrom;
	const healthy = part.filter((r) => !r.incident);
	const confirmed = incidents(part).filter((r) => sure(r) && called(r));
	return {
		captures: part.length,
		"healthy called incidents where nobody was paged": share(
			healthy.filter((r) => !paged(r)),
			called,
		),
		"healthy called incidents": share(healthy, called),
		"healthy where somebody was paged": share(healthy, paged),
		"incidents called so": share(incidents(part), called),
		"first cause right": share(incidents(part), (r) => r.right),
		confirmed: confirmed.length,
		"confirmed and right": share(confirmed, (r) => r.right),
	};
}
const figures = { fitted: reached(train), heldOut: reached(held) };
process.stdout.write(`${JSON.stringify({ incidentFrom, confirmedFrom, figures }, null, "\t")}\n`);
if (values.write) {
	const short = (model) => ({ bias: Number(model.bias.toPrecision(4)), weights: model.weights.map((w) => Number(w.toPrecision(4))) });
	const learned = {
		verdict: short(verdict),
		confidence: short(confidence),
		incidentFrom: Number(incidentFrom.toFixed(4)),
		confirmedFrom: Number(confirmedFrom.toFixed(4)),
	};
	const text = `import type { Learned } from "./calibration.ts";

/** Written by \`node scripts/calibrate.mjs --write\`; not by hand. \`heldOut\`: what it reaches on generated captures that it was not fitted on. */
export const LEARNED: Learned = ${JSON.stringify({ ...learned, heldOut: figures.heldOut }, null, "\t")};
`;
	writeFileSync(join(root, "packages/correlation/src/report/learned-calibration.ts"), text);
}
