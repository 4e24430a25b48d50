### Por qué una comprobación no se cumple y qué hay detrás. Los problemas y los pasos del laboratorio vienen más abajo.

## Motivos

reason-not-started = Primero pulsa *Iniciar*: se anota lo que hay ahora, para que se pueda ver el cambio.
reason-baseline-too-early = Antes de iniciar tiene que haber { $wanted } de { $kind } con { $select }. Ahora hay { $found }.
reason-cluster-unseen = El clúster no se puede ver en este momento. La comprobación se repite sola.
reason-missing-object = No existe { $kind } { $name } en el namespace del { $plane ->
        [cp] plano de control
       *[dp] plano de datos
    }.
    .expected = { $kind } { $name }
    .found = nada con ese nombre
reason-none-found = No existe { $kind } con { $select } en el namespace del { $plane ->
        [cp] plano de control
       *[dp] plano de datos
    }.
    .expected = al menos un { $kind } con { $select }
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
        [in] entre { $value }
       *[present] definido
    }
    .found = { $present ->
        [yes] { $found }
       *[no] sin definir
    }
reason-pod-not-ready = Un pod todavía no está listo.
    .expected = un pod listo
    .found = un pod que no está listo
reason-not-yet = Esto todavía no es cierto.
reason-planes-swapped = Los dos ConfigMaps están intercambiados: { $namespace } dice { $value }.
    .expected = cada namespace con el nombre de su propio plano
    .found = { $value } en { $namespace }
    .cause = El -n de los dos comandos quedó cruzado. Borra los dos y vuelve a crearlos.
reason-echo-deleted = El Deployment echo no existe, así que nada quiere ya dos pods.
    .expected = Deployment echo con dos réplicas listas
    .found = ningún Deployment echo
    .cause = Todavía no se aplicó, o se borró en lugar de sus pods. Aplica labs/echo.yaml.
reason-same-pods = { $count ->
        [one] Un pod sigue siendo el mismo
       *[other] { $count } pods siguen siendo los mismos
    } del comienzo.
    .expected = solo pods más nuevos que tu inicio
    .found = { $count ->
        [one] un pod antiguo
       *[other] { $count } pods antiguos
    }
reason-endpoints-count = El Service echo conoce { $count ->
        [one] una dirección lista
       *[other] { $count } direcciones listas
    }.
    .expected = 2 direcciones listas
    .found = { $count }
reason-still-lost = El pod { $name } todavía pide un nodo con la etiqueta workshop.
    .expected = ningún pod con el selector de nodo workshop
    .found = { $name }

## Causas

cause-quota-exceeded = La cuota de tu namespace está agotada: { $message }
cause-pod-security = El pod incumple las reglas de seguridad de tu namespace: { $message }
cause-pods-refused = El API server rechazó el pod: { $message }
cause-pod-terminating = El pod { $pod } se está deteniendo.
cause-node-selector = Ningún nodo le sirve al pod { $pod }: pide una etiqueta de nodo que ninguno tiene. El scheduler dice: { $message }
cause-insufficient-resources = Ningún nodo tiene lugar para el pod { $pod }. El scheduler dice: { $message }
cause-untolerated-taint = Todos los nodos alejan al pod { $pod } con un taint. El scheduler dice: { $message }
cause-unschedulable = El scheduler no encontró un nodo para el pod { $pod }: { $message }
cause-image-pull = La imagen { $image } del pod { $pod } no se puede descargar: revisa el nombre y la etiqueta. { $message }
cause-container-config = El contenedor { $container } del pod { $pod } no se puede preparar: { $message }
cause-crash-loop = El contenedor { $container } del pod { $pod } termina una y otra vez. Lee sus últimas palabras con kubectl logs --previous.
cause-container-creating = El contenedor { $container } del pod { $pod } se está creando. Dale un momento.
cause-container-waiting = El contenedor { $container } del pod { $pod } está esperando: { $message }
cause-probe-failing = El pod { $pod } está en marcha, pero no dice que esté listo: su readiness probe no tuvo éxito.
cause-pod-starting = El pod { $pod } está arrancando. Dale un momento.
cause-selects-nothing = El Service { $service } no selecciona ningún pod: compara su selector con las etiquetas de tus pods.

## El laboratorio: lo primero que dice su shell, y sus pasos.

lab-banner =
    Dos namespaces son tuyos: $CP_NS ({ $cp }) y $DP_NS ({ $dp }).
    Prueba: kubectl -n $CP_NS get all

## Problemas: .next dice qué hacer.

problem-not-found = No hay nada en esta dirección.
    .next = Ve al curso y elige allí una lección.
problem-method-not-allowed = Esta dirección existe, pero no se puede usar de esta manera.
problem-foreign-origin = Esta petición vino de una página de otro sitio, por eso se rechazó.
    .next = Abre Hangar en su propia dirección e inténtalo de nuevo.
problem-signed-out = No entraste en ninguna clase en este navegador, o tu sesión terminó.
    .next = Entra con el código de tu clase.
problem-instructor-only = Solo puede hacer esto quien entró como instructor.
    .next = Entra con el enlace que el servidor mostró al arrancar.
problem-malformed = No se pudo leer la petición: { $detail }
problem-too-large = La petición es más grande de lo que aquí hace falta.
problem-too-many-tries = Hubo demasiados códigos de clase incorrectos desde tu red.
    .next = Revisa el código con quien da la clase e inténtalo de nuevo en un minuto.
problem-class-unknown = Ninguna clase tiene este código.
    .next = Compáralo con el código en la pantalla de quien da la clase.
problem-class-full = Todos los lugares de esta clase están ocupados.
    .next = Pide otra clase a quien la da.
problem-class-not-started = Esta clase todavía no empezó.
    .next = Vuelve cuando empiece. Quien da la clase sabe cuándo.
problem-class-ended = Esta clase ya terminó.
    .next = Pide el código de una nueva a quien da la clase.
problem-name-empty = Falta un nombre.
    .next = Escribe al menos un carácter visible.
problem-name-too-long = Esto es demasiado largo: el límite es de { $most } caracteres.
    .next = Acórtalo.
problem-link-used = Este enlace de acceso ya se usó o es demasiado antiguo.
    .next = Reinicia el servidor para obtener otro, mientras nadie haya entrado.
problem-seats-out-of-range = Una clase tiene entre 1 y 1000 lugares.
problem-ends-before-start = Una clase no puede terminar antes de empezar.
problem-exercise-unknown = No existe ese ejercicio en este curso.
problem-hint-unknown = Este ejercicio no tiene una pista con ese número.
problem-too-early = Este ejercicio todavía no se puede empezar.
    .next = Logra eso primero y después pulsa *Empezar* otra vez.
problem-lab-not-ready = No tienes un laboratorio listo.
    .next = Inicia tu laboratorio y espera hasta que esté listo.
problem-learner-unknown = Esta clase no tiene a esa persona.
problem-cluster-unreachable = El clúster no responde en este momento.
    .next = Espera un momento e inténtalo de nuevo. Lo que ya demostraste está guardado.
problem-not-yet = Esta parte de Hangar todavía no existe.
problem-websocket-only = Esta dirección solo habla WebSocket.
problem-internal = Algo salió mal en el servidor. Quedó registrado en el log.
    .next = Inténtalo de nuevo. Si vuelve a pasar, avisa a quien administra el servidor.

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
lab-problem-no-shell = Aquí no puede correr un shell. Usa tu propia terminal con el kubeconfig de tu laboratorio.
lab-problem-no-toolbox = La caja de herramientas no corre en este clúster. Usa tu propia terminal con el kubeconfig de tu laboratorio.

## Terminales

terminal-no-lab = Todavía no hay laboratorio. Inícialo y la terminal se abre aquí.
terminal-lab-not-ready = Tu laboratorio se está preparando. La terminal se abre en cuanto esté listo.
terminal-lab-ended = Tu laboratorio terminó, y la terminal con él. Tu progreso está guardado. Inicia otro laboratorio para seguir.
terminal-no-toolbox = En este clúster no puede correr una terminal. Descarga el kubeconfig de tu laboratorio y usa kubectl en tu propia terminal.

## Objetos

object-ready = en ejecución, listo
object-not-ready = en ejecución, aún no listo
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

page-join = Entrar en una clase
page-sign-in = Entrar como instructor
page-classes = Clases
