import { detectSessions, type Session, type SessionVerdict } from "@faultline/anomaly";
import { createTemplateTree, inferSeverity, type TemplateTree } from "@faultline/logs";
import type { SessionLine } from "./read-sessions.ts";

/** Sessions in, verdicts out, in order. An empty baseline makes the input judge itself. Keeps one template id per line. */
export async function* detectInSessions(
	baseline: AsyncIterable<SessionLine>,
	input: AsyncIterable<SessionLine>,
): AsyncGenerator<SessionVerdict> {
	const tree = createTemplateTree();
	const severities = new Map<string, number>();
	const learned = await learn(baseline, tree, severities);
	// What the baseline taught stays as it is, so that an event means the same before and after.
	tree.pin();
	const judged = await learn(input, tree, severities);
	const resolved = (sessions: Session[]): Session[] =>
		sessions.map(({ id, events }) => ({ id, events: events.map((event) => tree.resolve(event)) }));
	yield* detectSessions({
		baseline: resolved(learned),
		input: resolved(judged),
		describe: (event) => tree.template(event)?.text ?? event,
		severityOf: (event) => severities.get(event) ?? 0,
	});
}

async function learn(sessions: AsyncIterable<SessionLine>, tree: TemplateTree, severities: Map<string, number>): Promise<Session[]> {
	const all: Session[] = [];
	for await (const { id, lines } of sessions) {
		const events = lines.map((line) => {
			const { templateId, isNew } = tree.add(line);
			if (isNew) severities.set(templateId, inferSeverity(line));
			return templateId;
		});
		all.push({ id, events });
	}
	return all;
}
