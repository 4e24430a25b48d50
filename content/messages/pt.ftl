### Por que uma verificação não vale e o que está por trás. Problemas e etapas do laboratório vêm mais abaixo.

## Motivos

reason-not-started = Pressione *Iniciar o exercício* primeiro: assim fica anotado o que existe agora, e dá para ver o que mudou.
reason-baseline-too-early = Antes de iniciar, é preciso haver pelo menos { $wanted ->
        [one] um objeto
       *[other] { $wanted } objetos
    } do tipo { $kind } com `{ $select }`. Agora { $found ->
        [0] não há nenhum
        [one] há um
       *[other] há { $found }
    }.
reason-cluster-unseen = Não dá para ver o cluster neste momento. A verificação se repete sozinha.
reason-no-lab = Não há laboratório para examinar. Inicie um, e a verificação se repete sozinha.
reason-missing-object = Não há nenhum { $kind } `{ $name }` no namespace do { $plane ->
        [cp] plano de controle
       *[dp] plano de dados
    }.
    .expected = { $kind } `{ $name }`
    .found = nada com esse nome
reason-none-found = Não há nenhum { $kind } com `{ $select }` no namespace do { $plane ->
        [cp] plano de controle
       *[dp] plano de dados
    }.
    .expected = pelo menos um { $kind } com `{ $select }`
    .found = nenhum
reason-none-of-kind = Ainda não há nenhum { $kind } para examinar.
    .expected = pelo menos um { $kind }
    .found = nenhum
reason-differs = { $path } não está como se pede.
    .expected = { $path } { $operator ->
        [eq] igual a { $value }
        [ne] diferente de { $value }
        [ge] no mínimo { $value }
        [gt] maior que { $value }
        [le] no máximo { $value }
        [lt] menor que { $value }
        [in] um destes: { $value }
       *[present] definido
    }
    .found = { $present ->
        [yes] { $found }
       *[no] não definido
    }
reason-pod-not-ready = Um pod ainda não está pronto.
    .expected = um pod pronto
    .found = um pod que não está pronto
reason-not-yet = Isto ainda não foi atendido.
reason-planes-swapped = O ConfigMap `hello` de { $namespace } diz `{ $value }`, e esse é o outro plano.
    .expected = em cada namespace, o nome do seu próprio plano
    .found = `{ $value }` em { $namespace }
    .cause = É provável que o `-n` dos dois comandos tenha sido trocado. Apague `hello` nesse namespace e crie-o de novo com o valor certo.
reason-echo-deleted = Não há nenhum Deployment `echo`; por isso, nada pede dois pods.
    .expected = Deployment `echo` com duas réplicas prontas
    .found = nenhum Deployment `echo`
    .cause = Ele ainda não foi aplicado ou foi apagado no lugar dos pods. Aplique `labs/echo.yaml`.
reason-same-pods = { $count ->
        [one] Um pod ainda é o mesmo
       *[other] { $count } pods ainda são os mesmos
    } de quando você iniciou o exercício.
    .expected = só pods mais novos que o início do exercício
    .found = { $count ->
        [one] um pod antigo
       *[other] { $count } pods antigos
    }
reason-endpoints-count = O Service `echo` { $count ->
        [0] não conhece nenhum endereço pronto
        [one] conhece um endereço pronto
       *[other] conhece { $count } endereços prontos
    }.
    .expected = 2 endereços prontos
    .found = { $count }
reason-still-lost = O pod { $name } ainda pede um nó com o rótulo `workshop`.
    .expected = nenhum pod com o seletor de nó `workshop`
    .found = { $name }

## Causas

cause-quota-exceeded = A cota do seu namespace se esgotou: { $message }
cause-pod-security = O pod viola as regras de segurança do seu namespace: { $message }
cause-pods-refused = O API server recusou o pod: { $message }
cause-asks-for-none = O { $kind } { $name } não pede nenhum pod: seu `replicas` é 0.
cause-pod-terminating = O pod { $pod } está sendo encerrado.
cause-node-selector = Nenhum nó serve ao pod { $pod }: ele pede um rótulo de nó que nenhum nó tem. O scheduler diz: { $message }
cause-insufficient-resources = Nenhum nó tem recursos livres suficientes para o pod { $pod }. O scheduler diz: { $message }
cause-untolerated-taint = Todos os nós rejeitam o pod { $pod } com um taint. O scheduler diz: { $message }
cause-unschedulable = O scheduler não encontrou um nó para o pod { $pod }: { $message }
cause-image-pull = A imagem { $image } do pod { $pod } não pode ser baixada: confira o nome e a tag. { $message }
cause-container-config = O contêiner { $container } do pod { $pod } não pode ser configurado: { $message }
cause-crash-loop =
    { $ended ->
        [unknown] O contêiner { $container } do pod { $pod } termina repetidas vezes.
        [OOMKilled] O contêiner { $container } do pod { $pod } é encerrado repetidas vezes (código de saída { $exit }): ele precisa de mais memória do que o limite permite.
        [Completed] O contêiner { $container } do pod { $pod } termina repetidas vezes, embora sem erro (código de saída { $exit }): o que ele executa precisa continuar rodando.
       *[other] O contêiner { $container } do pod { $pod } termina repetidas vezes, a última com o código de saída { $exit } ({ $ended }).
    } { $told ->
        [yes] Sua última mensagem: { $message }
       *[no] Leia suas últimas palavras com `kubectl logs --previous`.
    }
cause-container-ended =
    O contêiner { $container } do pod { $pod } terminou com o código de saída { $exit } ({ $ended }). { $told ->
        [yes] Sua última mensagem: { $message }
       *[no] Leia suas últimas palavras com `kubectl logs`.
    }
cause-container-creating = O contêiner { $container } do pod { $pod } está sendo criado. Espere um momento.
cause-container-waiting = O contêiner { $container } do pod { $pod } está esperando: { $message }
cause-probe-failing = O pod { $pod } está em execução, mas não se declara pronto: sua readiness probe ainda não teve sucesso.
cause-pod-starting = O pod { $pod } está iniciando. Espere um momento.
cause-selects-nothing = O Service { $service } não seleciona nenhum pod: compare o seletor com os rótulos dos seus pods.
cause-wrong-port =
    O Service { $service } envia as requisições para a porta { $port }, que nenhum contêiner dos seus pods declara. { $declared ->
        [none] Eles não declaram nenhuma porta.
       *[other] Eles declaram: { $declared }.
    }

## O laboratório: o que o shell diz primeiro, e suas etapas.

lab-banner =
    Dois namespaces são seus: $CP_NS ({ $cp }) e $DP_NS ({ $dp }).
    Experimente: kubectl -n $CP_NS get all

## Problemas: .next diz o que fazer.

problem-not-found = Não há nada neste endereço.
    .next = Vá ao curso e escolha uma lição.
problem-method-not-allowed = Este endereço existe, mas não pode ser usado desta forma.
    .next = Vá ao curso; para scripts, /api/openapi.json diz o que cada endereço aceita.
problem-foreign-origin = Esta requisição veio de uma página de outro site e por isso foi recusada.
    .next = Abra o Hangar no endereço dele e tente de novo.
problem-origin-missing = Esta requisição não diz de que página vem e, por isso, foi recusada.
    .next = Em um script, envie sua sessão como `Authorization: Bearer …` em vez de cookie, ou acrescente um cabeçalho `Origin` com o endereço deste servidor.
problem-signed-out = Você não entrou em nenhuma turma neste navegador, ou sua sessão expirou.
    .next = Entre com o código da sua turma.
problem-instructor-only = Só quem entrou para dar aula pode fazer isto.
    .next = Entre com o link que o servidor mostrou ao iniciar ou com um novo, de `hangar sign-in-link`.
problem-malformed = Não foi possível ler a requisição.
    .next = Compare com /api/openapi.json. Quem a lê diz, em inglês: { $detail }
problem-language-unknown = O Hangar não fala este idioma: { $language }
    .next = Peça `en`, `pt` ou `es`.
problem-too-large = A requisição é maior do que qualquer coisa de que se precise aqui.
    .next = Envie menos: no máximo 64 KiB.
problem-too-many-tries = Códigos de turma errados demais vieram da sua rede.
    .next = Confira o código com quem dá a aula e tente de novo em um minuto.
problem-too-many-open = Você está com esta sala de aula aberta vezes demais ao mesmo tempo; o limite é { $most }.
    .next = Feche as janelas ou os scripts de que não precisa e recarregue esta página.
problem-too-many-from-address = Chegam conexões demais da sua rede.
    .next = Feche o que não precisa e tente de novo daqui a pouco. Se continuar assim, avise quem dá a aula.
problem-unfinished = Sua requisição não chegou inteira a tempo.
    .next = Verifique sua conexão e tente de novo.
problem-took-too-long = Isto demorou demais e a espera foi interrompida.
    .next = Recarregue a página daqui a pouco e confira: o que você pediu pode ter sido feito mesmo assim. Se acontecer outra vez, avise quem dá a aula.
problem-class-unknown = Nenhuma turma tem este código.
    .next = Compare com o código na tela de quem dá a aula.
problem-class-full = Todas as vagas desta turma estão ocupadas.
    .next = Peça outra turma a quem dá a aula.
problem-class-not-started = Esta turma ainda não começou.
    .next = Volte quando ela começar. Quem dá a aula sabe quando.
problem-class-ended = Esta turma já foi encerrada.
    .next = Peça o código de outra turma a quem dá a aula.
problem-name-empty = Falta um nome.
    .next = Digite pelo menos um caractere visível.
problem-name-too-long = Isto é longo demais: o limite é de { $most } caracteres.
    .next = Encurte o texto.
problem-link-used = Este link de entrada já foi usado ou é antigo demais.
    .next = Quem administra este Hangar obtém outro com `hangar sign-in-link`.
problem-seats-out-of-range = Uma turma tem de 1 a 1000 vagas.
    .next = Escolha um número nesse intervalo; para mais pessoas, crie várias turmas.
problem-ends-before-start = Uma turma não pode terminar antes de começar.
    .next = Corrija uma das duas datas.
problem-lesson-announced = Esta lição ainda está sendo escrita.
    .next = Enquanto isso, leia as que já estão prontas: no curso, as que faltam aparecem como em preparação.
problem-exercise-unknown = Não existe este exercício neste curso.
    .next = Escolha um no curso.
problem-hint-unknown = Este exercício não tem dica com esse número.
    .next = A primeira tem o número 1; o exercício diz quantas há.
problem-too-early = Este exercício ainda não pode ser iniciado.
    .next = Cuide disso primeiro e depois pressione *Iniciar o exercício* de novo.
problem-lab-not-ready = Você não tem nenhum laboratório pronto.
    .next = Inicie seu laboratório e espere até que fique pronto.
problem-learner-unknown = Não há esse participante nesta turma.
    .next = Recarregue a página da turma: talvez alguém tenha saído.
problem-cluster-unreachable = O cluster não responde neste momento.
    .next = Espere um pouco e tente de novo. O que você já concluiu está guardado.
problem-text-empty = Ainda não há nada para dizer.
    .next = Escreva uma frase.
problem-cluster-out-of-reach = O cluster de prática só pode ser acessado na própria máquina do servidor; um kubeconfig não funcionaria na sua.
    .next = Trabalhe no terminal ao lado da lição. Quem administra este Hangar pode abrir o cluster com --cluster-listen 0.0.0.0:6443 e indicar outro endereço com --cluster-url.
problem-object-unknown = Seu laboratório não tem esse objeto.
    .next = Talvez ele tenha sido apagado há pouco. Veja a lista de objetos.
problem-lab-busy = Seu laboratório já está sendo alterado.
    .next = Espere até que isso termine.
problem-catch-up-impossible = Não dá para levar seu laboratório ao início deste exercício: o curso não diz como fazer tudo o que vem antes dele.
    .next = Faça você mesmo os exercícios anteriores e avise quem dá a aula.
problem-no-shell = Nenhum shell pode rodar nos laboratórios deste cluster; por isso, nada pode ser digitado por você.
    .next = Faça os exercícios anteriores com o kubectl no seu próprio terminal.
problem-websocket-only = Este endereço só aceita WebSocket.
    .next = Abra o terminal ao lado de uma lição ou use um programa que fale WebSocket.
problem-database-unreachable = O banco de dados do servidor não responde neste momento.
    .next = Espere um pouco e tente de novo. O que você já concluiu está guardado.
problem-not-stored = Não deu para salvar: o banco de dados do servidor não aceita nada neste momento.
    .next = O que já estava salvo continua guardado. Tente de novo daqui a alguns minutos; se acontecer outra vez, avise quem administra o servidor.
problem-perhaps-stored = O banco de dados do servidor parou de responder bem nessa hora: isto pode ter sido salvo ou não.
    .next = Espere um pouco, recarregue a página e confira. Se não estiver lá, faça de novo.
problem-internal = Algo deu errado no servidor. Ficou registrado no log.
    .next = Tente de novo. Se acontecer outra vez, avise quem administra o servidor.

## O que muda ao reiniciar ou ao avançar até um exercício

plan-new-lab = Você recebe um laboratório novo, com namespaces novos. Os terminais abertos se fecham, e um kubeconfig já baixado deixa de funcionar.
plan-progress-stays = Tudo o que você já concluiu continua concluído.
plan-starts-empty = Este exercício começa com os namespaces vazios.
plan-no-solution = Isto não pode ser feito por você: o curso não diz como fazer tudo o que vem antes deste exercício. Faça os exercícios anteriores e avise quem dá a aula.
plan-no-shell = Isto não pode ser feito por você: nenhum shell roda nos laboratórios deste cluster, então nada pode ser digitado. Faça os exercícios anteriores com o `kubectl` no seu próprio terminal; os comandos estão abaixo.

## A caminho do início de um exercício

catch-up-clear = Remover o que há nos dois namespaces
catch-up-solve = Fazer “{ $title }” por você
catch-up-stuck = { $left ->
    [one] Um objeto não some
   *[other] { $left } objetos não somem
}. Nada mais foi feito depois disso. Tente de novo; se falhar outra vez, reinicie o laboratório: seu progresso continua guardado.
catch-up-command = `{ $command }` não terminou como devia: { $output } Nada mais foi feito depois. Tente de novo; se falhar outra vez, reinicie o laboratório: seu progresso continua guardado.
catch-up-slow = Os comandos desta etapa demoram demais; nada mais foi feito depois dela. Veja seus pods e tente de novo, ou reinicie o laboratório: seu progresso continua guardado.
catch-up-cluster = O cluster não fez o que esta etapa precisa. Nada mais foi feito depois. Tente de novo daqui a pouco; se falhar outra vez, avise quem administra o servidor.
catch-up-interrupted = Isto foi interrompido. O que está marcado como feito está feito; o resto, não. Tente de novo: recomeça do zero e chega ao mesmo ponto.

## Laboratórios

lab-step-namespaces = Criar seus namespaces
lab-step-rules = Definir cota, limites e política de rede
lab-step-access = Conceder suas permissões
lab-step-toolbox = Iniciar a caixa de ferramentas
lab-step-ready = Esperar até que tudo responda
lab-problem-unreachable = O cluster não responde. Uma nova tentativa de criar seu laboratório virá automaticamente.
lab-problem-forbidden = O cluster não permite que o servidor crie laboratórios. Quem administra o servidor precisa aplicar as permissões de deploy/rbac.
lab-problem-busy = O cluster está ocupado. Uma nova tentativa de criar seu laboratório virá automaticamente.
lab-problem-refused = O cluster recusou uma parte do seu laboratório. Uma nova tentativa virá automaticamente; o log do servidor diz o motivo.
lab-problem-configuration = O acesso do servidor ao cluster está mal configurado. Avise quem administra o servidor.
lab-problem-practice = O cluster de prática não conseguiu iniciar. Avise quem administra o servidor.
lab-problem-no-shell = Nenhum shell pode rodar aqui. Use seu próprio terminal com o kubeconfig do laboratório.
lab-problem-no-toolbox = A caixa de ferramentas não roda neste cluster. Use seu próprio terminal com o kubeconfig do laboratório.

## Terminais

terminal-no-lab = Ainda não há laboratório. Inicie-o, e o terminal se abre aqui.
terminal-lab-not-ready = Seu laboratório está sendo preparado. O terminal se abre assim que ele estiver pronto.
terminal-lab-ended = Seu laboratório foi encerrado, e o terminal com ele. Seu progresso está guardado. Inicie outro laboratório para continuar.
terminal-signed-out = Você saiu, ou sua sessão expirou. Entre de novo para continuar.
terminal-too-many = Oito terminais estão abertos neste laboratório, e esse é o limite. Feche um e abra este de novo.
terminal-too-many-windows = Este terminal está aberto em janelas demais. Feche algumas e recarregue esta página.
terminal-watching = Este shell também está aberto em outra janela, e é nela que se digita agora. Clique no terminal ou pressione uma tecla para digitar aqui.
terminal-no-toolbox = Nenhum terminal pode rodar neste cluster. Baixe o kubeconfig do seu laboratório e use o kubectl no seu próprio terminal.

## Objetos

object-ready = em execução, pronto
object-not-ready = em execução, ainda não pronto
object-starting = iniciando
object-unscheduled = nenhum nó o aceita
object-succeeded = concluído
object-terminating = sendo apagado
object-replicas = { $ready } de { $wanted } prontas
object-keys = { $count ->
        [0] nenhuma chave
        [one] uma chave
       *[other] { $count } chaves
    }

## Páginas

page-join = Entrar em uma turma
page-sign-in = Entrar para dar aula
page-classes = Turmas
