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
