### Why checks do not hold, and what lies behind. Problems and lab steps follow further down.

## Reasons: reason-<code> is one sentence; .expected and .found fill the lines below it.

reason-not-started = Press *Start the exercise* first: what is there now is noted, so that the change can be seen.
reason-baseline-too-early = Before you start, at least { $wanted } of kind { $kind } with `{ $select }` must exist. Now there { $found ->
        [0] is none
        [one] is one
       *[other] are { $found }
    }.
reason-cluster-unseen = The cluster cannot be seen right now. This is checked again by itself.
reason-no-lab = There is no lab to look at. Start one, and this is checked again by itself.
reason-missing-object = There is no { $kind } `{ $name }` in the { $plane ->
        [cp] control plane's
       *[dp] data plane's
    } namespace.
    .expected = { $kind } `{ $name }`
    .found = nothing of that name
reason-none-found = There is no { $kind } with `{ $select }` in the { $plane ->
        [cp] control plane's
       *[dp] data plane's
    } namespace.
    .expected = at least one { $kind } with `{ $select }`
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
reason-planes-swapped = The ConfigMap `hello` in { $namespace } says `{ $value }`, and that is the other plane.
    .expected = in each namespace, the name of its own plane
    .found = `{ $value }` in { $namespace }
    .cause = The `-n` of the two commands was probably mixed up. Delete `hello` there and create it again with the right value.
reason-echo-deleted = There is no Deployment `echo`, so nothing wants two pods.
    .expected = Deployment `echo` with two ready replicas
    .found = no Deployment `echo`
    .cause = It has not been applied yet, or it was deleted instead of its pods. Apply `labs/echo.yaml`.
reason-same-pods = { $count ->
        [one] One pod is still the one
       *[other] { $count } pods are still the ones
    } that you started with.
    .expected = only pods that are newer than the start of the exercise
    .found = { $count ->
        [one] one old pod
       *[other] { $count } old pods
    }
reason-endpoints-count = The Service `echo` knows { $count ->
        [0] no ready address
        [one] one ready address
       *[other] { $count } ready addresses
    }.
    .expected = 2 ready addresses
    .found = { $count }
reason-still-lost = The pod { $name } still asks for a node with the label `workshop`.
    .expected = no pod with the node selector `workshop`
    .found = { $name }

## Causes: what lies behind a reason.

cause-quota-exceeded = The quota of your namespace is full: { $message }
cause-pod-security = The pod breaks the security rules of your namespace: { $message }
cause-pods-refused = The API server refused the pod: { $message }
cause-asks-for-none = The { $kind } { $name } asks for no pod: its `replicas` is 0.
cause-pod-terminating = The pod { $pod } is being stopped.
cause-node-selector = No node fits the pod { $pod }: it asks for a node label that no node has. The scheduler says: { $message }
cause-insufficient-resources = No node has room for the pod { $pod }. The scheduler says: { $message }
cause-untolerated-taint = Every node keeps the pod { $pod } away by a taint. The scheduler says: { $message }
cause-unschedulable = The scheduler found no node for the pod { $pod }: { $message }
cause-image-pull = The image { $image } of the pod { $pod } cannot be pulled: check its name and tag. { $message }
cause-container-config = The container { $container } of the pod { $pod } cannot be set up: { $message }
cause-crash-loop =
    { $ended ->
        [unknown] The container { $container } of the pod { $pod } ends again and again.
        [OOMKilled] The container { $container } of the pod { $pod } is stopped again and again (exit code { $exit }): it needs more memory than its limit allows.
        [Completed] The container { $container } of the pod { $pod } ends again and again, although without an error (exit code { $exit }): what it runs has to go on.
       *[other] The container { $container } of the pod { $pod } ends again and again, last with exit code { $exit } ({ $ended }).
    } { $told ->
        [yes] Its last message: { $message }
       *[no] Read its last words with `kubectl logs --previous`.
    }
cause-container-ended =
    The container { $container } of the pod { $pod } has ended with exit code { $exit } ({ $ended }). { $told ->
        [yes] Its last message: { $message }
       *[no] Read its last words with `kubectl logs`.
    }
cause-container-creating = The container { $container } of the pod { $pod } is being created. Give it a moment.
cause-container-waiting = The container { $container } of the pod { $pod } waits: { $message }
cause-probe-failing = The pod { $pod } runs, but does not say that it is ready: its readiness probe has not succeeded.
cause-pod-starting = The pod { $pod } is starting. Give it a moment.
cause-selects-nothing = The Service { $service } selects no pod: compare its selector with the labels of your pods.
cause-wrong-port =
    The Service { $service } sends requests to the port { $port }, which no container of its pods declares. { $declared ->
        [none] They declare no port at all.
       *[other] They declare: { $declared }.
    }

## The lab: what its shell says first, and its steps.

lab-banner =
    Two namespaces are yours: $CP_NS ({ $cp }) and $DP_NS ({ $dp }).
    Try: kubectl -n $CP_NS get all

## Problems: .next says what to do.

problem-not-found = There is nothing at this address.
    .next = Go to the course and choose a lesson there.
problem-method-not-allowed = This address exists, but it cannot be used this way.
    .next = Go to the course; a script finds what each address takes in /api/openapi.json.
problem-foreign-origin = This request came from a page of another site, so it was refused.
    .next = Open Hangar at its own address and try again.
problem-origin-missing = This request does not say which page it comes from, so it was refused.
    .next = From a script, send your session as `Authorization: Bearer …` instead of a cookie, or add an `Origin` header with this server’s address.
problem-signed-out = You have not joined a class in this browser, or your session has ended.
    .next = Join with your class code.
problem-instructor-only = Only a signed-in instructor may do this.
    .next = Sign in with the link that the server printed when it started, or with a new one from `hangar sign-in-link`.
problem-malformed = The request cannot be read.
    .next = Compare it with /api/openapi.json. What reads it says, in English: { $detail }
problem-language-unknown = Hangar does not speak this language: { $language }
    .next = Ask for `en`, `pt` or `es`.
problem-too-large = The request is larger than anything that is needed here.
    .next = Send less: at most 64 KiB.
problem-too-many-tries = There were too many wrong class codes from your network.
    .next = Check the code with your instructor and try again in a minute.
problem-too-many-open = You have this classroom open too many times at once; { $most } is the limit.
    .next = Close the windows or scripts that you do not need, then reload this page.
problem-too-many-from-address = Too many connections come from your network.
    .next = Close what you do not need and try again in a moment. If it stays so, tell your instructor.
problem-unfinished = Your request did not arrive completely in time.
    .next = Check your connection and try again.
problem-took-too-long = This took too long, and nobody waited for it any longer.
    .next = Reload the page in a moment and look: what you asked for may have been done all the same. If it happens again, tell your instructor.
problem-class-unknown = No class has this code.
    .next = Compare it with the code on your instructor’s screen.
problem-class-full = Every seat in this class is taken.
    .next = Ask your instructor for another class.
problem-class-not-started = This class has not begun yet.
    .next = Come back when it begins. Your instructor knows when.
problem-class-ended = This class is over.
    .next = Ask your instructor for the code of a new one.
problem-name-empty = A name is missing.
    .next = Type at least one visible character.
problem-name-too-long = This is too long: { $most } characters are the limit.
    .next = Shorten it.
problem-link-used = This sign-in link has been used already, or it is too old.
    .next = Whoever runs this Hangar gets a new one with `hangar sign-in-link`.
problem-seats-out-of-range = A class has between 1 and 1000 seats.
    .next = Choose a number in between; for more people make several classes.
problem-ends-before-start = A class cannot end before it begins.
    .next = Correct one of the two dates.
problem-lesson-announced = This lesson is still being written.
    .next = Read the ones that are ready meanwhile; in the course, the others are marked as in preparation.
problem-exercise-unknown = There is no such exercise in this course.
    .next = Choose one from the course.
problem-hint-unknown = This exercise has no hint with that number.
    .next = The first is number 1; the exercise says how many there are.
problem-too-early = This exercise cannot be started yet.
    .next = Bring that about first, then press *Start the exercise* again.
problem-lab-not-ready = You have no lab that is ready.
    .next = Start your lab and wait until it is ready.
problem-learner-unknown = This class has no such learner.
    .next = Reload the page of the class: perhaps somebody has left.
problem-cluster-unreachable = The cluster does not answer right now.
    .next = Wait a moment and try again. What you have proven is kept.
problem-text-empty = There is nothing to say yet.
    .next = Type a sentence.
problem-cluster-out-of-reach = The practice cluster can be reached from the server’s own machine only, so a kubeconfig would not work on yours.
    .next = Work in the terminal beside the lesson. Whoever runs this Hangar can open the cluster with --cluster-listen 0.0.0.0:6443, and name another address with --cluster-url.
problem-object-unknown = Your lab has no such object.
    .next = It may have been deleted a moment ago. Look at the list of objects.
problem-lab-busy = Your lab is being changed already.
    .next = Wait until that is done.
problem-catch-up-impossible = Your lab cannot be brought to the start of this exercise: the course does not say how to do all that it builds on.
    .next = Do the earlier exercises yourself, and tell your instructor.
problem-no-shell = No shell can run in labs on this cluster, so nothing can be typed for you.
    .next = Do the earlier exercises with kubectl in your own terminal.
problem-websocket-only = This address speaks WebSocket only.
    .next = Open the terminal beside a lesson, or use a program that speaks WebSocket.
problem-database-unreachable = The server’s database does not answer right now.
    .next = Wait a moment and try again. What you have proven is kept.
problem-not-stored = This could not be saved: the server’s database accepts nothing right now.
    .next = What was saved before is kept. Try again in a few minutes; if it happens again, tell whoever runs this server.
problem-perhaps-stored = The server’s database broke off at that very moment: this may have been saved, or not.
    .next = Wait a moment, then reload the page and look. If it is not there, do it again.
problem-internal = Something went wrong on the server. It has been logged.
    .next = Try again. If it happens again, tell whoever runs this server.

## What a reset or a catch-up changes

plan-new-lab = You get a new lab with new namespaces. Open terminals close, and a kubeconfig that you have downloaded stops working.
plan-progress-stays = Everything that you have proven stays proven.
plan-starts-empty = This exercise starts from empty namespaces.
plan-no-solution = This cannot be done for you: the course does not say how to do all that this exercise builds on. Do the earlier exercises yourself, and tell your instructor.
plan-no-shell = This cannot be done for you: no shell runs in labs on this cluster, so nothing can be typed. Do the earlier exercises with `kubectl` in your own terminal; the commands are below.

## On the way to the start of an exercise

catch-up-clear = Remove what is in both namespaces
catch-up-solve = Do “{ $title }” for you
catch-up-stuck = { $left ->
    [one] One object does
   *[other] { $left } objects do
} not go. Nothing was done after that. Try again; if it fails again, reset your lab: your progress is kept.
catch-up-command = `{ $command }` did not end as it should: { $output } Nothing was done after it. Try again; if it fails again, reset your lab: your progress is kept.
catch-up-slow = The commands of this step take too long, so nothing was done after it. Look at your pods; then try again, or reset your lab: your progress is kept.
catch-up-cluster = The cluster did not do what this step needs. Nothing was done after that. Try again in a moment; if it fails again, tell whoever runs the server.
catch-up-interrupted = This was interrupted. What is marked as done is done, nothing else. Try again: it begins anew and comes to the same end.

## Labs

lab-step-namespaces = Create your namespaces
lab-step-rules = Set quota, limits and network policy
lab-step-access = Give you your rights
lab-step-toolbox = Start the toolbox
lab-step-ready = Wait until everything answers
lab-problem-unreachable = The cluster does not answer. Your lab is tried again by itself.
lab-problem-forbidden = The cluster does not let the server create labs. Whoever runs it must apply the rights in deploy/rbac.
lab-problem-busy = The cluster is busy. Your lab is tried again by itself.
lab-problem-refused = The cluster refused a part of your lab. It is tried again by itself; the server’s log says why.
lab-problem-configuration = The server’s way to the cluster is not set up correctly. Tell whoever runs it.
lab-problem-practice = The practice cluster could not start. Tell whoever runs the server.
lab-problem-no-shell = No shell can run here. Use your own terminal with the kubeconfig of your lab.
lab-problem-no-toolbox = No toolbox runs on this cluster. Use your own terminal with the kubeconfig of your lab.

## Terminals

terminal-no-lab = There is no lab yet. Start it, and the terminal opens here.
terminal-lab-not-ready = Your lab is being prepared. The terminal opens as soon as it is ready.
terminal-lab-ended = Your lab has ended, and the terminal with it. Your progress is kept. Start a new lab to go on.
terminal-signed-out = You have signed out, or your session has ended. Join again to go on.
terminal-too-many = Eight terminals are open in this lab, and that is the limit. Close one, and open this again.
terminal-too-many-windows = This terminal is open in too many windows. Close some of them and reload this page.
terminal-watching = This shell is also open in another window, which is the one that types. Click in the terminal or press a key to type here.
terminal-no-toolbox = No terminal can run on this cluster. Download the kubeconfig of your lab and use kubectl in your own terminal.

## Objects

object-ready = running, ready
object-not-ready = running, not ready
object-starting = starting
object-unscheduled = no node takes it
object-succeeded = finished
object-terminating = being deleted
object-replicas = { $ready } of { $wanted } ready
object-keys = { $count ->
        [one] one key
       *[other] { $count } keys
    }

## Pages

page-join = Join a class
page-sign-in = Sign in as instructor
page-classes = Classes
