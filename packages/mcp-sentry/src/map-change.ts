import type { Signal } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { serviceOfProject } from "./map-error.ts";
import type { Commit, Deploy, FileChange, Project, Release } from "./wire.ts";

type Link = (path: string) => string;

/** A deploy of a release as changes, one per project of the release. */
export function deploySignals(release: Release, deploy: Deploy, url: Link): Signal[] {
	const time = deploy.dateFinished ?? deploy.dateStarted;
	if (time === undefined) return [];
	const environment = deploy.environment;
	return projectsOf(release).map((project) => {
		const service = serviceOfProject(project);
		const version = shortVersion(release.version, project);
		const title = redact(deploy.name || `deploy ${version}${environment ? ` to ${environment}` : ""}`);
		return changeSignal({
			id: `sentry:deploy:${release.version}:${deploy.id}:${project?.slug ?? ""}`,
			time,
			service,
			title,
			release,
			url,
			type: "deploy",
			changeId: version,
			attributes: { release: release.version, ...(environment ? { environment } : {}) },
		});
	});
}

/** A release that was published without telling of a deploy: the publishing is the change. */
export function publishedSignals(release: Release, url: Link): Signal[] {
	const { dateReleased: time } = release;
	if (time === undefined) return [];
	return projectsOf(release).map((project) => {
		const version = shortVersion(release.version, project);
		const title = redact(`release ${version}`);
		return changeSignal({
			id: `sentry:release:${release.version}:${project?.slug ?? ""}`,
			time,
			service: serviceOfProject(project),
			title,
			release,
			url,
			type: "deploy",
			changeId: version,
			attributes: { release: release.version },
		});
	});
}

const projectsOf = (release: Release): (Project | undefined)[] =>
	release.projects && release.projects.length > 0 ? release.projects : [undefined];

/** "shop@1.2.3" is version 1.2.3 of package shop: without the package where it is the project itself. */
function shortVersion(version: string, project: Project | undefined): string {
	const [, name, rest] = /^(.+)@([^@]+)$/.exec(version) ?? [];
	return rest !== undefined && project !== undefined && (name === project.slug || name === project.name) ? rest : version;
}

interface ChangeInput {
	id: string;
	time: string;
	service: string | undefined;
	title: { text: string; count: number };
	release: Release;
	url: Link;
	type: string;
	changeId: string;
	attributes: Record<string, unknown>;
}

function changeSignal({ id, time, service, title, release, url, type, changeId, attributes }: ChangeInput): Signal {
	const commitId = release.lastCommit?.id ?? (/^[0-9a-f]{7,64}$/i.test(release.ref ?? "") ? release.ref : undefined);
	const author = release.owner?.name ?? release.owner?.username;
	return {
		id,
		source: "sentry",
		kind: "change",
		time,
		severity: 9,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: title.text,
		attributes,
		count: 1,
		url: url(`releases/${encodeURIComponent(release.version)}/`),
		redactions: title.count,
		change: {
			type,
			id: changeId,
			...(commitId === undefined ? {} : { commitId }),
			title: title.text,
			...(author === undefined ? {} : { author }),
		},
	};
}

/**
 * A commit as a change. Its message's first line is the title; a diff in the body, as `git format-patch` puts one there, is its diff.
 * Its service is told by a repository that has a project's name; a common repository tells none.
 */
export function commitSignal(
	commit: Commit,
	release: Release,
	changes: readonly FileChange[],
	services: ReadonlyMap<string, string>,
	url: Link,
): Signal | undefined {
	if (commit.dateCreated === undefined) return undefined;
	// as a whole, and not line by line: a key has several lines
	const message = redact(commit.message ?? "");
	const [subject = "", ...rest] = message.text.split("\n");
	const bodyText = rest.join("\n").trim();
	const hasDiff = /^(@@ |diff --git |--- \S|\+\+\+ \S)/m.test(bodyText);
	const title = subject || commit.id;
	const repository = commit.repository?.name;
	const service = repository === undefined ? undefined : services.get(repository.split("/").at(-1) ?? "");
	const files = changes
		.filter(
			(f) => f.commitMessage === commit.message && (f.repoName === undefined || repository === undefined || f.repoName === repository),
		)
		.map((f) => f.filename);
	const author = commit.author?.name ?? commit.author?.username;
	return {
		id: `sentry:commit:${commit.id}`,
		source: "sentry",
		kind: "change",
		time: commit.dateCreated,
		severity: 9,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: title,
		attributes: {
			release: release.version,
			...(repository === undefined ? {} : { repository }),
			...(bodyText !== "" && !hasDiff ? { message: bodyText } : {}),
		},
		count: 1,
		url: url(`releases/${encodeURIComponent(release.version)}/commits/`),
		redactions: message.count,
		change: {
			type: "commit",
			id: commit.id,
			title,
			...(author === undefined ? {} : { author }),
			...(files.length > 0 ? { files: [...new Set(files)] } : {}),
			...(hasDiff ? { diff: bodyText } : {}),
		},
	};
}
