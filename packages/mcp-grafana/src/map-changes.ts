import type { Signal } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { annotationLink } from "./links.ts";
import type { Annotation } from "./wire.ts";

/** Words in tags by which teams mark what kind of change an annotation is. */
const TYPES: readonly [string, RegExp][] = [
	["deploy", /^(deploy(ment|ed|s)?|releases?|rollout|rollback|ci\/?cd|cd)$/i],
	["flag", /^(feature[-_ ]?)?(flags?|toggles?)$/i],
	["config", /^(config(uration)?|settings?|configmap|terraform|infra)$/i],
	["scale", /^(scal(e|ing)|autoscal(e|ing)|hpa)$/i],
	["status", /^(status|provider|incident)$/i],
	["commit", /^(commit|merge|push)$/i],
];
const KEYS = {
	service: /^(service|service[._]name|svc|app|application|component)$/i,
	commit: /^(commit|commit[._-]?id|sha|git[._-]?sha|revision|rev)$/i,
	id: /^(id|change|change[._-]?id|deployment[._-]?id|flag|key|version)$/i,
	author: /^(author|user|by|owner)$/i,
	type: /^(type|kind|event)$/i,
};

/** An annotation as a change: its tags ("deploy", "service:web", "commit=abc123") say of what, else its text does. */
export function changeFromAnnotation(annotation: Annotation, base: string): Signal {
	const { value: tags, count: hidden } = redactDeep(annotation.tags ?? []);
	const pairs = tags.flatMap((tag): [string, string][] => {
		const [, key, value] = /^([\w.-]+)\s*[:=]\s*(.+)$/s.exec(tag) ?? [];
		return key !== undefined && value !== undefined ? [[key, value]] : [];
	});
	const valueNamed = (name: keyof typeof KEYS) => pairs.find(([key]) => KEYS[name].test(key))?.[1];
	const text = redact(plainText(annotation.text));
	const title = text.text.split("\n")[0]?.trim() || tags.join(", ") || "annotation";
	const [service, commitId, author] = [valueNamed("service"), valueNamed("commit"), valueNamed("author") || annotation.login || undefined];
	return {
		id: `grafana:annotation:${annotation.id}`,
		source: "grafana",
		kind: "change",
		time: new Date(annotation.time).toISOString(),
		severity: 9,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: text.text || title,
		attributes: {
			tags,
			...(annotation.timeEnd && annotation.timeEnd > annotation.time ? { until: new Date(annotation.timeEnd).toISOString() } : {}),
		},
		count: 1,
		url: annotationLink(base, annotation),
		redactions: text.count + hidden,
		change: {
			type: typeOf(
				[...tags.filter((tag) => !/[:=]/.test(tag)), ...(valueNamed("type") === undefined ? [] : [valueNamed("type") ?? ""])],
				title,
			),
			id: valueNamed("id") ?? String(annotation.id),
			title,
			...(commitId === undefined ? {} : { commitId }),
			...(author === undefined ? {} : { author: redact(author).text }),
		},
	};
}

function typeOf(words: readonly string[], title: string): string {
	for (const [type, pattern] of TYPES) if (words.some((word) => pattern.test(word))) return type;
	if (/\b(deployed|deploying|deployment|rolled (out|back)|released)\b/i.test(title)) return "deploy";
	if (/\b(feature flag|toggle)\b/i.test(title)) return "flag";
	return "other";
}

/** Annotation texts may be HTML; tags are taken out, and entities undone. */
function plainText(text: string): string {
	return text
		.replace(/<(br|\/p|\/div|\/li)\s*\/?>/gi, "\n")
		.replace(/<\/?[a-z][^<>]{0,500}>/gi, "")
		.replace(/&(lt|gt|amp|quot|#39);/g, (_, e: string) => ({ lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" })[e] ?? "")
		.trim();
}
