import { type Action, findNamespace, inspectWorkload, onWorkload } from "./action.ts";

export const scaleOut: Action = {
	id: "scale-out",
	risk: "low",
	applies: (s) =>
		(s.mechanism === "cpu-saturated" || s.mechanism === "traffic-surge") &&
		s.engine === undefined &&
		s.cause.kind !== "database" &&
		s.cause.kind !== "node",
	propose: (s) => ({
		title: `Add instances of ${s.target}`,
		why: "more instances share the load.",
		precheck: [
			...onWorkload(
				s,
				(object, w) => [
					findNamespace(w.kind, w.name),
					`kubectl get ${object} --namespace "$NS"`,
					`kubectl get horizontalpodautoscalers --namespace "$NS"  # where one scales it, raise its maximum instead`,
				],
				[`Note how many instances of ${s.target} run, and whether something scales them by itself.`],
			),
			"Check that what it calls (its database above all) can take the connections and load of more instances.",
		],
		steps: onWorkload(s, (object) => [`kubectl scale ${object} --namespace "$NS" --replicas "$REPLICAS"  # half as many again as now`], [
			`Raise the number of instances of ${s.target} by half.`,
		]),
		undo: onWorkload(s, (object) => [`kubectl scale ${object} --namespace "$NS" --replicas with the number noted before`], [
			`Set the number of instances back to the one noted before.`,
		]).join(" "),
		success: ["The load of each instance falls, and answer times return to what they were, within 10 minutes."],
	}),
};

export const restartWorkload: Action = {
	id: "restart-workload",
	risk: "low",
	applies: (s) =>
		(s.mechanism === "memory-exhausted" || s.mechanism === "connections-exhausted" || s.mechanism === "slow-code") &&
		s.engine === undefined &&
		s.cause.kind !== "database" &&
		s.cause.kind !== "node",
	propose: (s) => ({
		title: `Restart ${s.target}, one instance at a time`,
		why: "a restart frees what it holds, for as long as it takes to fill up again.",
		precheck: [...inspectWorkload(s), "Keep a heap or thread dump of one instance first: the restart destroys it."],
		steps: onWorkload(
			s,
			(object) => [
				`kubectl rollout restart ${object} --namespace "$NS"`,
				`kubectl rollout status ${object} --namespace "$NS" --timeout 5m`,
			],
			[`Restart the instances of ${s.target} one after another.`],
		),
		undo: "A restart cannot be undone: the same version and configuration run again, without what was held in memory.",
		success: ["The figure that is cited falls at once; if it climbs again at the same pace, the restart only bought time."],
	}),
};

export const raiseMemoryLimit: Action = {
	id: "raise-memory-limit",
	risk: "medium",
	applies: (s) => s.mechanism === "memory-exhausted" && s.workload !== undefined && s.engine !== "redis",
	propose: (s) => ({
		title: `Raise the memory limit of ${s.target}`,
		why: "a higher limit ends the kills while the growth is looked into.",
		precheck: [...inspectWorkload(s), `kubectl top pods --namespace "$NS"`, "kubectl describe nodes  # a node must have the room"],
		steps: onWorkload(
			s,
			(object) => [
				`kubectl set resources ${object} --namespace "$NS" --containers "$CONTAINER" --limits memory="$LIMIT"  # half as much again as now`,
			],
			[],
		),
		undo: onWorkload(s, (object) => [`kubectl rollout undo ${object} --namespace "$NS"`], []).join(" "),
		success: ["No kill for memory in the next 30 minutes, and use settles below the limit: if it does not settle, it is a leak."],
	}),
};

export const fixImageReference: Action = {
	id: "fix-image-reference",
	risk: "medium",
	applies: (s) => s.mechanism === "image-unavailable",
	propose: (s) => ({
		title: `Correct the image of ${s.target}`,
		why: "it starts once its image exists under that name and the credentials to pull it are good.",
		precheck: [
			...inspectWorkload(s),
			...onWorkload(
				s,
				(object) => [
					`kubectl get ${object} --namespace "$NS" --output jsonpath='{.spec.template.spec.containers[*].image} {.spec.template.spec.imagePullSecrets}'`,
				],
				[],
			),
			"Check in the registry that this tag exists and that the pull credentials have not expired.",
		],
		steps: onWorkload(
			s,
			(object) => [
				`kubectl rollout undo ${object} --namespace "$NS"  # to the image that ran before`,
				`or: kubectl set image ${object} --namespace "$NS" "$CONTAINER=$IMAGE"`,
			],
			[`Deploy ${s.target} with an image that exists.`],
		),
		undo: onWorkload(s, (object) => [`kubectl rollout undo ${object} --namespace "$NS"`], [
			`Deploy the present image reference again.`,
		]).join(" "),
		success: ["The pods pull the image and become ready."],
	}),
};

export const fixProbe: Action = {
	id: "fix-probe",
	risk: "medium",
	applies: (s) => s.mechanism === "probe-failing",
	propose: (s) => ({
		title: `Give ${s.target} a probe that it can pass`,
		why: "the platform restarts it because the probe fails, not because it is dead.",
		precheck: [
			...inspectWorkload(s),
			...onWorkload(
				s,
				(object) => [`kubectl get ${object} --namespace "$NS" --output jsonpath='{.spec.template.spec.containers[*].livenessProbe}'`],
				[],
			),
			"Compare the probe's path, port and time-out with what the program really serves and how long it takes to start.",
		],
		steps: onWorkload(
			s,
			(object) => [
				`kubectl edit ${object} --namespace "$NS"  # longer timeoutSeconds and failureThreshold, a startupProbe, or the right path and port`,
			],
			[`Correct the health check of ${s.target}.`],
		),
		undo: onWorkload(s, (object) => [`kubectl rollout undo ${object} --namespace "$NS"`], ["Put the earlier health check back."]).join(" "),
		success: ["No restart by the probe in the next 15 minutes."],
	}),
};

export const returnToStartable: Action = {
	id: "return-to-last-good-revision",
	risk: "medium",
	applies: (s) => s.mechanism === "crash-loop" && s.workload !== undefined && s.analysis.change === null,
	propose: (s) => ({
		title: `Return ${s.target} to its last revision that started`,
		why: "a revision that ran before will run again, unless something outside it changed.",
		precheck: [
			...inspectWorkload(s),
			...onWorkload(
				s,
				(object) => [
					`kubectl logs ${object} --namespace "$NS" --previous --tail 100`,
					`kubectl rollout history ${object} --namespace "$NS"`,
				],
				[],
			),
		],
		steps: onWorkload(s, (object) => [`kubectl rollout undo ${object} --namespace "$NS"`], []),
		undo: onWorkload(s, (object) => [`kubectl rollout undo ${object} --namespace "$NS"`], []).join(" "),
		success: ["The pods become ready and do not restart for 10 minutes."],
	}),
};

export const makeRoom: Action = {
	id: "make-room-for-pods",
	risk: "medium",
	applies: (s) => s.mechanism === "unschedulable",
	propose: (s) => ({
		title: `Make room for ${s.target}`,
		why: "a node with enough free room lets its pods start.",
		precheck: [
			...inspectWorkload(s),
			`kubectl get pods --namespace "$NS" --field-selector status.phase=Pending`,
			"kubectl describe nodes  # what is asked for, what is free, taints",
		],
		steps: [
			"Add a node (raise the node group's size), or",
			...onWorkload(
				s,
				(object) => [
					`kubectl set resources ${object} --namespace "$NS" --containers "$CONTAINER" --requests cpu="$CPU",memory="$MEMORY"  # no more than it uses`,
				],
				[`lower what ${s.target} asks for to what it uses.`],
			),
		],
		undo: "Set the node group's size or the requests back.",
		success: ["No pod of it is Pending."],
	}),
};
