### Por que uma verificação não vale e o que está por trás. Problemas e etapas do laboratório vêm mais abaixo.

## Motivos

reason-not-started = Pressione *Iniciar* primeiro: o que existe agora é anotado, para que a mudança possa ser vista.
reason-baseline-too-early = Antes de iniciar, é preciso haver { $wanted } de { $kind } com { $select }. Agora há { $found }.
reason-cluster-unseen = O cluster não pode ser visto neste momento. A verificação se repete sozinha.
reason-missing-object = Não existe { $kind } { $name } no namespace do { $plane ->
        [cp] plano de controle
       *[dp] plano de dados
    }.
    .expected = { $kind } { $name }
    .found = nada com esse nome
reason-none-found = Não existe { $kind } com { $select } no namespace do { $plane ->
        [cp] plano de controle
       *[dp] plano de dados
    }.
    .expected = ao menos um { $kind } com { $select }
    .found = nenhum
reason-none-of-kind = Ainda não há nenhum { $kind } para examinar.
    .expected = ao menos um { $kind }
    .found = nenhum
reason-differs = { $path } não é o que se pede.
    .expected = { $path } { $operator ->
        [eq] igual a { $value }
        [ne] diferente de { $value }
        [ge] no mínimo { $value }
        [gt] maior que { $value }
        [le] no máximo { $value }
        [lt] menor que { $value }
        [in] entre { $value }
       *[present] definido
    }
    .found = { $present ->
        [yes] { $found }
       *[no] não definido
    }
reason-pod-not-ready = Um pod ainda não está pronto.
    .expected = um pod pronto
    .found = um pod que não está pronto
reason-not-yet = Isso ainda não é verdade.
reason-planes-swapped = Os dois ConfigMaps estão trocados: { $namespace } diz { $value }.
    .expected = cada namespace com o nome do seu próprio plano
    .found = { $value } em { $namespace }
    .cause = O -n dos dois comandos foi trocado. Apague os dois e crie de novo.
reason-echo-deleted = O Deployment echo não existe, então nada mais deseja dois pods.
    .expected = Deployment echo com duas réplicas prontas
    .found = nenhum Deployment echo
    .cause = Ele ainda não foi aplicado, ou foi apagado no lugar dos pods. Aplique labs/echo.yaml.
reason-same-pods = { $count ->
        [one] Um pod ainda é o mesmo
       *[other] { $count } pods ainda são os mesmos
    } do início.
    .expected = só pods mais novos que o seu início
    .found = { $count ->
        [one] um pod antigo
       *[other] { $count } pods antigos
    }
reason-endpoints-count = O Service echo conhece { $count ->
        [one] um endereço pronto
       *[other] { $count } endereços prontos
    }.
    .expected = 2 endereços prontos
    .found = { $count }
reason-still-lost = O pod { $name } ainda pede um nó com o rótulo workshop.
    .expected = nenhum pod com o seletor de nó workshop
    .found = { $name }

## Causas

cause-quota-exceeded = A cota do seu namespace esgotou: { $message }
cause-pod-security = O pod viola as regras de segurança do seu namespace: { $message }
cause-pods-refused = O API server recusou o pod: { $message }
cause-pod-terminating = O pod { $pod } está sendo encerrado.
cause-node-selector = Nenhum nó serve para o pod { $pod }: ele pede um rótulo de nó que nenhum nó tem. O scheduler diz: { $message }
cause-insufficient-resources = Nenhum nó tem espaço para o pod { $pod }. O scheduler diz: { $message }
cause-untolerated-taint = Todos os nós afastam o pod { $pod } com um taint. O scheduler diz: { $message }
cause-unschedulable = O scheduler não achou um nó para o pod { $pod }: { $message }
cause-image-pull = A imagem { $image } do pod { $pod } não pode ser baixada: confira o nome e a tag. { $message }
cause-container-config = O contêiner { $container } do pod { $pod } não pode ser configurado: { $message }
cause-crash-loop = O contêiner { $container } do pod { $pod } termina repetidas vezes. Leia suas últimas palavras com kubectl logs --previous.
cause-container-creating = O contêiner { $container } do pod { $pod } está sendo criado. Espere um momento.
cause-container-waiting = O contêiner { $container } do pod { $pod } está esperando: { $message }
cause-probe-failing = O pod { $pod } está rodando, mas não diz que está pronto: sua readiness probe não teve sucesso.
cause-pod-starting = O pod { $pod } está iniciando. Espere um momento.
cause-selects-nothing = O Service { $service } não seleciona nenhum pod: compare o seletor com os rótulos dos seus pods.

## O laboratório: o que o shell diz primeiro, e suas etapas.

lab-banner =
    Dois namespaces são seus: $CP_NS ({ $cp }) e $DP_NS ({ $dp }).
    Experimente: kubectl -n $CP_NS get all
