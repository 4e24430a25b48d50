### Why checks do not hold, and what lies behind. Problems and lab steps follow further down.

## Reasons: reason-<code> is one sentence; .expected and .found fill the lines below it.

reason-not-started = Press *Start* first: what is there now is noted, so that the change can be seen.
reason-baseline-too-early = Before you start, there must be { $wanted } of { $kind } with { $select }. There { $found ->
        [one] is { $found }
       *[other] are { $found }
    } now.
reason-cluster-unseen = The cluster cannot be seen right now. This is checked again by itself.
reason-missing-object = There is no { $kind } { $name } in the { $plane ->
        [cp] control plane's
       *[dp] data plane's
    } namespace.
    .expected = { $kind } { $name }
    .found = nothing of that name
reason-none-found = There is no { $kind } with { $select } in the { $plane ->
        [cp] control plane's
       *[dp] data plane's
    } namespace.
    .expected = at least one { $kind } with { $select }
    .found = none
reason-none-of-kind = There is no { $kind } to look at yet.
    .expected = at least one { $kind }
    .found = none
reason-differs = { $path } is not what is asked for.
    .expected = { $path } { $operator ->
        [eq] is { $value }
        [ne] is not { $value }
        [ge] is at least { $value }
        [gt] is more than { $value }
        [le] is at most { $value }
        [lt] is less than { $value }
        [in] is one of { $value }
       *[present] is set
    }
    .found = { $present ->
        [yes] { $found }
       *[no] not set
    }
reason-pod-not-ready = A pod is not ready yet.
    .expected = a ready pod
    .found = a pod that is not ready
reason-not-yet = This is not true yet.
reason-planes-swapped = The two ConfigMaps are swapped: { $namespace } says { $value }.
    .expected = each namespace named after its own plane
    .found = { $value } in { $namespace }
    .cause = The -n of the two commands was mixed up. Delete both and create them again.
reason-echo-deleted = The Deployment echo is gone, so nothing wants two pods any more.
    .expected = Deployment echo with two ready replicas
    .found = no Deployment echo
    .cause = It has not been applied yet, or it was deleted instead of its pods. Apply labs/echo.yaml.
reason-same-pods = { $count ->
        [one] One pod is still the one
       *[other] { $count } pods are still the ones
    } that you started with.
    .expected = only pods that are newer than your start
    .found = { $count ->
        [one] one old pod
       *[other] { $count } old pods
    }
reason-endpoints-count = The Service echo knows { $count ->
        [one] one ready address
       *[other] { $count } ready addresses
    }.
    .expected = 2 ready addresses
    .found = { $count }
reason-still-lost = The pod { $name } still asks for a node with the label workshop.
    .expected = no pod with the node selector workshop
    .found = { $name }

## Causes: what lies behind a reason.

cause-quota-exceeded = The quota of your namespace is full: { $message }
cause-pod-security = The pod breaks the security rules of your namespace: { $message }
cause-pods-refused = The API server refused the pod: { $message }
cause-pod-terminating = The pod { $pod } is being stopped.
cause-node-selector = No node fits the pod { $pod }: it asks for a node label that no node has. The scheduler says: { $message }
cause-insufficient-resources = No node has room for the pod { $pod }. The scheduler says: { $message }
cause-untolerated-taint = Every node keeps the pod { $pod } away by a taint. The scheduler says: { $message }
cause-unschedulable = The scheduler found no node for the pod { $pod }: { $message }
cause-image-pull = The image { $image } of the pod { $pod } cannot be pulled: check its name and tag. { $message }
cause-container-config = The container { $container } of the pod { $pod } cannot be set up: { $message }
cause-crash-loop = The container { $container } of the pod { $pod } ends again and again. Read its last words with kubectl logs --previous.
cause-container-creating = The container { $container } of the pod { $pod } is being created. Give it a moment.
cause-container-waiting = The container { $container } of the pod { $pod } waits: { $message }
cause-probe-failing = The pod { $pod } runs, but does not say that it is ready: its readiness probe has not succeeded.
cause-pod-starting = The pod { $pod } is starting. Give it a moment.
cause-selects-nothing = The Service { $service } selects no pod: compare its selector with the labels of your pods.

## The lab: what its shell says first, and its steps.

lab-banner =
    Two namespaces are yours: $CP_NS ({ $cp }) and $DP_NS ({ $dp }).
    Try: kubectl -n $CP_NS get all
