import { Coverage } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, fence, READS, windowOf } from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { ruleLink } from "../links.ts";
import type { Rule, Silence } from "../wire.ts";

const { from, to, limit } = evidenceInput;
const Input = z.object({
	from,
	to,
	limit,
	state: z.enum(["firing", "pending", "inactive"]).optional(),
	name: z.string().max(200).optional().describe("Only rules whose name contains this."),
});
const labels = z.record(z.string(), z.string());
const Output = z.object({
	rules: z.array(
		z.object({
			uid: z.string().optional(),
			name: z.string(),
			state: z.string(),
			health: z.string().optional(),
			query: z.string(),
			forSeconds: z.number().optional(),
			labels,
			firing: z.int(),
			summary: z.string().optional(),
			url: z.string(),
		}),
	),
	/** Silences in force in the window. */
	silences: z.array(
		z.object({
			id: z.string(),
			from: z.string(),
			to: z.string(),
			matchers: z.string(),
			author: z.string(),
			comment: z.string(),
			url: z.string(),
		}),
	),
	coverage: Coverage,
	url: z.string(),
	redactions: z.int(),
});

export function listAlertRules(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "list_alert_rules",
		title: "List alert rules",
		description:
			"Alert rules with their state, health, query, labels and link, those that fire first; and the silences in force in the window, by whom and why: what nobody was paged for. list_alerts has the history of states.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, { signal, now }) {
			const window = windowOf(input, now());
			const [all, silences] = await Promise.all([client.rules(signal), client.silences(signal)]);
			const wanted = all.filter(
				(r) =>
					(input.state === undefined || r.state === input.state) &&
					(input.name === undefined || r.name.toLowerCase().includes(input.name.toLowerCase())),
			);
			const ranked = [...wanted].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
			let redactions = 0;
			const clean = (text: string): string => {
				const { text: kept, count } = redact(text);
				redactions += count;
				return kept;
			};
			const rules = ranked.slice(0, input.limit).map((rule) => ruleRow(rule, clean, config.url));
			const muted = silences.filter(
				(s) => Date.parse(s.startsAt) < Date.parse(window.to) && Date.parse(s.endsAt) > Date.parse(window.from),
			);
			const left = ranked.length - rules.length;
			const rows = [
				...rules.map((r) => `${r.state} ${r.name}: ${r.query.slice(0, 160)}`),
				...muted.map((s) => `silence of ${matchersOf(s)} until ${s.endsAt}: ${clean(s.comment).slice(0, 120)}`),
			];
			const url = `${config.url}/alerting/list`;
			return {
				data: {
					rules,
					silences: muted.map((s) => silenceRow(s, clean, config.url)),
					coverage: coverageOf("grafana", window, { truncated: left > 0, skipped: left > 0 ? [`${left} rules beyond limit`] : [] }),
					url,
					redactions,
				},
				text: `${wanted.length} of ${all.length} alert rules; ${muted.length} silences in force.\n${rows.length === 0 ? "Nothing here. Try without state or name." : fence(rows.slice(0, 30).join("\n")).text}\nSource: ${url}`,
				links: [{ uri: url, name: "Alert rules" }],
			};
		},
	});
}

const rank = ({ state }: Rule): number => (state === "firing" ? 0 : state === "pending" ? 1 : 2);

function ruleRow(rule: Rule, clean: (text: string) => string, base: string) {
	const summary = rule.annotations?.summary;
	return {
		...(rule.uid === undefined ? {} : { uid: rule.uid }),
		name: clean(rule.name),
		state: rule.state,
		...(rule.health === undefined ? {} : { health: rule.health }),
		query: clean(rule.query),
		...(rule.duration === undefined ? {} : { forSeconds: rule.duration }),
		labels: Object.fromEntries(Object.entries(rule.labels ?? {}).map(([k, v]) => [k, clean(v)])),
		firing: (rule.alerts ?? []).filter((a) => /alerting|firing/i.test(a.state)).length,
		...(summary === undefined ? {} : { summary: clean(summary) }),
		url: ruleLink(base, rule.uid),
	};
}

function silenceRow(silence: Silence, clean: (text: string) => string, base: string) {
	return {
		id: silence.id,
		from: silence.startsAt,
		to: silence.endsAt,
		matchers: clean(matchersOf(silence)),
		author: clean(silence.createdBy),
		comment: clean(silence.comment),
		url: `${base}/alerting/silence/${encodeURIComponent(silence.id)}/edit`,
	};
}

const matchersOf = ({ matchers }: Silence): string =>
	matchers
		.map((m) => `${m.name}${m.isEqual === false ? "!" : ""}${m.isRegex ? (m.isEqual === false ? "~" : "=~") : "="}${m.value}`)
		.join(", ");
