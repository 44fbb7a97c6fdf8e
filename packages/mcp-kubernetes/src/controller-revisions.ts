import { z } from "zod";
import { Meta, Workload } from "./wire.ts";

/** What the cluster keeps of a StatefulSet's or DaemonSet's earlier templates. `data` is a patch of the workload: its template. */
export const ControllerRevision = z.object({
	metadata: Meta,
	revision: z.number(),
	data: z.object({ spec: z.unknown().optional() }).optional().catch(undefined),
});
export type ControllerRevision = z.infer<typeof ControllerRevision>;

/**
 * Revisions in the form of a Deployment's ReplicaSets, so that both are compared in one way. A rollback takes an old revision again under
 * a higher number: it is older than one below it, and the time of the rollback is lost.
 */
export function revisionsAsSets(revisions: readonly ControllerRevision[]): Workload[] {
	return revisions.flatMap((r) => {
		const owner = r.metadata.ownerReferences?.[0];
		const made = Date.parse(r.metadata.creationTimestamp ?? "");
		const reused = revisions.some(
			(other) =>
				other.revision < r.revision &&
				other.metadata.namespace === r.metadata.namespace &&
				other.metadata.ownerReferences?.[0]?.name === owner?.name &&
				Date.parse(other.metadata.creationTimestamp ?? "") > made,
		);
		const annotations = {
			...r.metadata.annotations,
			"deployment.kubernetes.io/revision": String(r.revision),
			...(reused ? { "deployment.kubernetes.io/revision-history": "reused" } : {}),
		};
		const parsed = Workload.safeParse({ metadata: { ...r.metadata, annotations }, spec: r.data?.spec });
		return parsed.success ? [parsed.data] : [];
	});
}
