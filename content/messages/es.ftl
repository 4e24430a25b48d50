### Por qué una comprobación no se cumple y qué hay detrás. Los problemas y los pasos del laboratorio vienen más abajo.

## Motivos

reason-not-started = Primero pulsa *Iniciar el ejercicio*: así queda anotado lo que hay ahora y se podrá ver el cambio.
reason-baseline-too-early = Antes de iniciar debe haber al menos { $wanted ->
        [one] un objeto
       *[other] { $wanted } objetos
    } de tipo { $kind } con `{ $select }`. Ahora { $found ->
        [0] no hay ninguno
        [one] hay uno
       *[other] hay { $found }
    }.
reason-cluster-unseen = En este momento no se puede ver el clúster. La comprobación se repite sola.
reason-no-lab = No hay ningún laboratorio que mirar. Inicia uno, y la comprobación se repite sola.
reason-missing-object = No hay ningún { $kind } `{ $name }` en el namespace del { $plane ->
        [cp] plano de control
       *[dp] plano de datos
    }.
    .expected = { $kind } `{ $name }`
    .found = nada con ese nombre
reason-none-found = No hay ningún { $kind } con `{ $select }` en el namespace del { $plane ->
        [cp] plano de control
       *[dp] plano de datos
    }.
    .expected = al menos un { $kind } con `{ $select }`
    .found = ninguno
reason-none-of-kind = Todavía no hay ningún { $kind } que mirar.
    .expected = al menos un { $kind }
    .found = ninguno
reason-differs = { $path } no es lo que se pide.
    .expected = { $path } { $operator ->
        [eq] igual a { $value }
        [ne] distinto de { $value }
        [ge] como mínimo { $value }
        [gt] mayor que { $value }
        [le] como máximo { $value }
        [lt] menor que { $value }
        [in] uno de { $value }
       *[present] definido
    }
    .found = { $present ->
        [yes] { $found }
       *[no] sin definir
    }
reason-pod-not-ready = Un pod todavía no está listo.
    .expected = un pod listo
    .found = un pod que no está listo
reason-not-yet = Esto todavía no se cumple.
reason-planes-swapped = El ConfigMap `hello` de { $namespace } dice `{ $value }`, y ese es el otro plano.
    .expected = en cada namespace, el nombre de su propio plano
    .found = `{ $value }` en { $namespace }
    .cause = Probablemente se cruzó el `-n` de los dos comandos. Borra `hello` de ese namespace y créalo de nuevo con el valor correcto.
reason-echo-deleted = No hay ningún Deployment `echo`, así que nada pide dos pods.
    .expected = Deployment `echo` con dos réplicas listas
    .found = ningún Deployment `echo`
    .cause = Todavía no se ha aplicado, o se borró en lugar de sus pods. Aplica `labs/echo.yaml`.
reason-same-pods = { $count ->
        [one] Un pod sigue siendo de los que había
       *[other] { $count } pods siguen siendo de los que había
    } cuando iniciaste el ejercicio.
    .expected = solo pods posteriores al inicio del ejercicio
    .found = { $count ->
        [one] un pod anterior
       *[other] { $count } pods anteriores
    }
reason-endpoints-count = El Service `echo` { $count ->
        [0] no conoce ninguna dirección lista
        [one] conoce una dirección lista
       *[other] conoce { $count } direcciones listas
    }.
    .expected = 2 direcciones listas
    .found = { $count }
reason-still-lost = El pod { $name } todavía pide un nodo con la etiqueta `workshop`.
    .expected = ningún pod con el selector de nodo `workshop`
    .found = { $name }

## Causas

cause-quota-exceeded = La cuota de tu namespace está agotada: { $message }
cause-pod-security = El pod incumple las reglas de seguridad de tu namespace: { $message }
cause-pods-refused = El API server rechazó el pod: { $message }
cause-asks-for-none = El { $kind } { $name } no pide ningún pod: su `replicas` es 0.
cause-pod-terminating = El pod { $pod } se está deteniendo.
cause-node-selector = Ningún nodo sirve para el pod { $pod }: pide una etiqueta de nodo que ninguno tiene. El scheduler dice: { $message }
cause-insufficient-resources = Ningún nodo tiene recursos libres suficientes para el pod { $pod }. El scheduler dice: { $message }
cause-untolerated-taint = Todos los nodos rechazan el pod { $pod } con un taint. El scheduler dice: { $message }
cause-unschedulable = El scheduler no encontró un nodo para el pod { $pod }: { $message }
cause-image-pull = La imagen { $image } del pod { $pod } no se puede descargar: revisa su nombre y su etiqueta (tag). { $message }
cause-container-config = El contenedor { $container } del pod { $pod } no se puede preparar: { $message }
cause-crash-loop =
    { $ended ->
        [unknown] El contenedor { $container } del pod { $pod } termina una y otra vez.
        [OOMKilled] El contenedor { $container } del pod { $pod } es detenido una y otra vez (código de salida { $exit }): necesita más memoria de la que su límite permite.
        [Completed] El contenedor { $container } del pod { $pod } termina una y otra vez, aunque sin error (código de salida { $exit }): lo que ejecuta debe seguir en marcha.
       *[other] El contenedor { $container } del pod { $pod } termina una y otra vez, la última con el código de salida { $exit } ({ $ended }).
    } { $told ->
        [yes] Su último mensaje: { $message }
       *[no] Lee sus últimas palabras con `kubectl logs --previous`.
    }
cause-container-ended =
    El contenedor { $container } del pod { $pod } terminó con el código de salida { $exit } ({ $ended }). { $told ->
        [yes] Su último mensaje: { $message }
       *[no] Lee sus últimas palabras con `kubectl logs`.
    }
cause-container-creating = El contenedor { $container } del pod { $pod } se está creando. Dale un momento.
cause-container-waiting = El contenedor { $container } del pod { $pod } está esperando: { $message }
cause-probe-failing = El pod { $pod } está en ejecución, pero no se declara listo: su readiness probe todavía no ha tenido éxito.
cause-pod-starting = El pod { $pod } está arrancando. Dale un momento.
cause-selects-nothing = El Service { $service } no selecciona ningún pod: compara su selector con las etiquetas de tus pods.
cause-wrong-port =
    El Service { $service } envía las solicitudes al puerto { $port }, que ningún contenedor de sus pods declara. { $declared ->
        [none] No declaran ningún puerto.
       *[other] Declaran: { $declared }.
    }

## El laboratorio: lo primero que dice su shell, y sus pasos.

lab-banner =
    Dos namespaces son tuyos: $CP_NS ({ $cp }) y $DP_NS ({ $dp }).
    Prueba: kubectl -n $CP_NS get all

## Problemas: .next dice qué hacer.

problem-not-found = No hay nada en esta dirección.
    .next = Ve al curso y elige allí una lección.
problem-method-not-allowed = Esta dirección existe, pero no se puede usar de esta manera.
    .next = Ve al curso; para los scripts, /api/openapi.json dice qué acepta cada dirección.
problem-foreign-origin = Esta solicitud vino de una página de otro sitio y por eso se rechazó.
    .next = Abre Hangar en su propia dirección e inténtalo de nuevo.
problem-origin-missing = Esta solicitud no dice de qué página viene y por eso se rechazó.
    .next = Desde un script, envía tu sesión como `Authorization: Bearer …` en lugar de una cookie, o agrega una cabecera `Origin` con la dirección de este servidor.
problem-signed-out = En este navegador no te has unido a ninguna clase, o tu sesión terminó.
    .next = Únete con el código de tu clase.
problem-instructor-only = Esto solo puede hacerlo quien haya entrado para enseñar.
    .next = Entra con el enlace que el servidor mostró al arrancar o con uno nuevo, de `hangar sign-in-link`.
problem-malformed = No se puede leer la solicitud.
    .next = Compárala con /api/openapi.json. Quien la lee dice, en inglés: { $detail }
problem-language-unknown = Hangar no habla este idioma: { $language }
    .next = Pide `en`, `pt` o `es`.
problem-too-large = La solicitud es más grande que cualquier cosa que haga falta aquí.
    .next = Envía menos: como máximo 64 KiB.
problem-too-many-tries = Hubo demasiados códigos de clase incorrectos desde tu red.
    .next = Revisa el código con quien imparte la clase e inténtalo de nuevo en un minuto.
problem-too-many-open = Tienes esta aula abierta demasiadas veces a la vez; el límite es { $most }.
    .next = Cierra las ventanas o los scripts que no necesites y recarga esta página.
problem-too-many-from-address = Llegan demasiadas conexiones desde tu red.
    .next = Cierra lo que no necesites y vuelve a intentarlo en un momento. Si sigue igual, avisa a quien imparte la clase.
problem-unfinished = Tu solicitud no llegó completa a tiempo.
    .next = Revisa tu conexión y vuelve a intentarlo.
problem-took-too-long = Esto tardó demasiado y se dejó de esperar.
    .next = Recarga la página en un momento y compruébalo: puede que lo que pediste se haya hecho de todos modos. Si se repite, avisa a quien imparte la clase.
problem-class-unknown = Ninguna clase tiene este código.
    .next = Compáralo con el código que muestra en pantalla quien imparte la clase.
problem-class-full = Todos los lugares de esta clase están ocupados.
    .next = Pide otra clase a quien la imparte.
problem-class-not-started = Esta clase todavía no ha empezado.
    .next = Vuelve cuando empiece. Quien imparte la clase sabe cuándo.
problem-class-ended = Esta clase ya terminó.
    .next = Pide el código de otra clase a quien imparte la clase.
problem-name-empty = Falta un nombre.
    .next = Escribe al menos un carácter visible.
problem-name-too-long = Esto es demasiado largo: el límite es de { $most } caracteres.
    .next = Acórtalo.
problem-link-used = Este enlace de acceso ya se usó o es demasiado antiguo.
    .next = Quien administra este Hangar obtiene otro con `hangar sign-in-link`.
problem-seats-out-of-range = Una clase tiene entre 1 y 1000 lugares.
    .next = Elige un número de ese rango; para más personas, crea varias clases.
problem-ends-before-start = Una clase no puede terminar antes de empezar.
    .next = Corrige una de las dos fechas.
problem-lesson-announced = Esta lección todavía se está escribiendo.
    .next = Mientras tanto, lee las que ya están listas: en el curso, las que faltan aparecen como en preparación.
problem-exercise-unknown = Ese ejercicio no existe en este curso.
    .next = Elige uno en el curso.
problem-hint-unknown = Este ejercicio no tiene una pista con ese número.
    .next = La primera es la número 1; el ejercicio dice cuántas hay.
problem-too-early = Este ejercicio todavía no se puede iniciar.
    .next = Consigue eso primero y después pulsa *Iniciar el ejercicio* otra vez.
problem-lab-not-ready = No tienes ningún laboratorio listo.
    .next = Inicia tu laboratorio y espera hasta que esté listo.
problem-learner-unknown = En esta clase no hay nadie así.
    .next = Recarga la página de la clase: puede que alguien se haya ido.
problem-cluster-unreachable = El clúster no responde en este momento.
    .next = Espera un momento e inténtalo de nuevo. Lo que ya completaste está guardado.
problem-text-empty = Todavía no hay nada que decir.
    .next = Escribe una frase.
problem-cluster-out-of-reach = Al clúster de práctica solo se llega desde la propia máquina del servidor; un kubeconfig no funcionaría en la tuya.
    .next = Trabaja en la terminal que está junto a la lección. Quien administra este Hangar puede abrir el clúster con --cluster-listen 0.0.0.0:6443 e indicar otra dirección con --cluster-url.
problem-object-unknown = Tu laboratorio no tiene ese objeto.
    .next = Puede que se haya borrado hace un momento. Mira la lista de objetos.
problem-lab-busy = Tu laboratorio ya se está modificando.
    .next = Espera a que termine.
problem-catch-up-impossible = No se puede llevar tu laboratorio al inicio de este ejercicio: el curso no dice cómo hacer todo lo que va antes.
    .next = Haz tú los ejercicios anteriores y avisa a quien imparte la clase.
problem-no-shell = En los laboratorios de este clúster no puede ejecutarse ningún shell, así que no se puede escribir nada por ti.
    .next = Haz los ejercicios anteriores con kubectl en tu propia terminal.
problem-websocket-only = Esta dirección solo habla WebSocket.
    .next = Abre la terminal que está junto a una lección o usa un programa que hable WebSocket.
problem-database-unreachable = La base de datos del servidor no responde en este momento.
    .next = Espera un momento e inténtalo de nuevo. Lo que ya completaste está guardado.
problem-not-stored = Esto no se pudo guardar: la base de datos del servidor no acepta nada en este momento.
    .next = Lo que ya estaba guardado se conserva. Inténtalo de nuevo en unos minutos; si vuelve a pasar, avisa a quien administra el servidor.
problem-perhaps-stored = La base de datos del servidor dejó de responder justo en ese momento: puede que esto se haya guardado o puede que no.
    .next = Espera un momento, recarga la página y compruébalo. Si no está, hazlo de nuevo.
problem-internal = Algo salió mal en el servidor. Quedó registrado en el log.
    .next = Inténtalo de nuevo. Si vuelve a pasar, avisa a quien administra el servidor.

## Qué cambia al reiniciar o al ponerse al día

plan-new-lab = Recibes un laboratorio nuevo, con namespaces nuevos. Las terminales abiertas se cierran y un kubeconfig ya descargado deja de funcionar.
plan-progress-stays = Todo lo que ya completaste sigue completado.
plan-starts-empty = Este ejercicio empieza con los namespaces vacíos.
plan-no-solution = Esto no puede hacerse por ti: el curso no dice cómo hacer todo lo que va antes de este ejercicio. Haz los ejercicios anteriores y avisa a quien imparte la clase.
plan-no-shell = Esto no puede hacerse por ti: en los laboratorios de este clúster no funciona ningún shell, así que no se puede escribir nada. Haz los ejercicios anteriores con `kubectl` en tu propia terminal; los comandos están abajo.

## Camino al inicio de un ejercicio

catch-up-clear = Eliminar lo que hay en los dos namespaces
catch-up-solve = Hacer «{ $title }» por ti
catch-up-stuck = { $left ->
    [one] Un objeto no desaparece
   *[other] { $left } objetos no desaparecen
}. No se hizo nada más después de eso. Inténtalo de nuevo; si vuelve a fallar, reinicia el laboratorio: tu progreso se conserva.
catch-up-command = `{ $command }` no terminó como debía: { $output } No se hizo nada más después. Inténtalo de nuevo; si vuelve a fallar, reinicia el laboratorio: tu progreso se conserva.
catch-up-slow = Los comandos de este paso tardan demasiado; no se hizo nada más después. Mira tus pods e inténtalo de nuevo, o reinicia el laboratorio: tu progreso se conserva.
catch-up-cluster = El clúster no hizo lo que este paso necesita. No se hizo nada más después. Inténtalo de nuevo en un momento; si vuelve a fallar, avisa a quien administra el servidor.
catch-up-interrupted = Esto se interrumpió. Lo que está marcado como hecho está hecho; lo demás, no. Inténtalo de nuevo: empieza otra vez y llega al mismo punto.

## Laboratorios

lab-step-namespaces = Crear tus namespaces
lab-step-rules = Definir cuota, límites y política de red
lab-step-access = Darte tus permisos
lab-step-toolbox = Iniciar la caja de herramientas
lab-step-ready = Esperar hasta que todo responda
lab-problem-unreachable = El clúster no responde. Tu laboratorio se reintenta solo.
lab-problem-forbidden = El clúster no deja que el servidor cree laboratorios. Quien lo administra debe aplicar los permisos de deploy/rbac.
lab-problem-busy = El clúster está ocupado. Tu laboratorio se reintenta solo.
lab-problem-refused = El clúster rechazó una parte de tu laboratorio. Se reintenta solo; el log del servidor dice por qué.
lab-problem-configuration = El acceso del servidor al clúster está mal configurado. Avisa a quien lo administra.
lab-problem-practice = El clúster de práctica no pudo arrancar. Avisa a quien administra el servidor.
lab-problem-no-shell = Aquí no se puede ejecutar un shell. Usa tu propia terminal con el kubeconfig de tu laboratorio.
lab-problem-no-toolbox = En este clúster no hay caja de herramientas. Usa tu propia terminal con el kubeconfig de tu laboratorio.

## Terminales

terminal-no-lab = Todavía no hay laboratorio. Inícialo y la terminal se abre aquí.
terminal-lab-not-ready = Tu laboratorio se está preparando. La terminal se abre en cuanto esté listo.
terminal-lab-ended = Tu laboratorio terminó, y la terminal con él. Tu progreso está guardado. Inicia otro laboratorio para seguir.
terminal-signed-out = Cerraste la sesión, o terminó. Vuelve a unirte para continuar.
terminal-too-many = Hay ocho terminales abiertas en este laboratorio, y ese es el límite. Cierra una y vuelve a abrir esta.
terminal-too-many-windows = Esta terminal está abierta en demasiadas ventanas. Cierra algunas y recarga esta página.
terminal-watching = Este shell también está abierto en otra ventana, y ahora se escribe allí. Haz clic en la terminal o pulsa una tecla para escribir aquí.
terminal-no-toolbox = En este clúster no se puede abrir una terminal. Descarga el kubeconfig de tu laboratorio y usa kubectl en tu propia terminal.

## Objetos

object-ready = en ejecución, listo
object-not-ready = en ejecución, todavía no listo
object-starting = arrancando
object-unscheduled = ningún nodo lo acepta
object-succeeded = terminado
object-terminating = borrándose
object-replicas = { $ready } de { $wanted } listos
object-keys = { $count ->
        [one] una clave
       *[other] { $count } claves
    }

## Páginas

page-join = Unirse a una clase
page-sign-in = Entrar para enseñar
page-classes = Clases
