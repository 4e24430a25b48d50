//! The terminal: typed commands reach the cluster, a reconnect shows the past, an ended lab says so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::{Actor, TestApp};

const PATIENCE: Duration = Duration::from_mins(1);
const LANGUAGES: [&str; 3] = ["en", "pt", "es"];

/// A browser's terminal.
struct Terminal {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    shown: String,
    drawn: usize,
}

impl Terminal {
    async fn open(app: &TestApp, learner: &Actor) -> Self {
        Self::open_named(app, learner, "main").await
    }

    async fn open_named(app: &TestApp, learner: &Actor, name: &str) -> Self {
        Self::open_with(app, learner, &format!("session={name}")).await
    }

    async fn open_with(app: &TestApp, learner: &Actor, query: &str) -> Self {
        let url = app.url.replace("http://", "ws://");
        let mut request =
            format!("{url}/api/v1/lab/terminal?{query}").into_client_request().unwrap();
        request.headers_mut().insert("cookie", learner.cookie.parse().unwrap());
        request.headers_mut().insert("origin", app.url.parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        Self { socket, shown: String::new(), drawn: 0 }
    }

    async fn type_in(&mut self, text: &str) {
        self.socket.send(Message::Binary(text.to_owned().into())).await.unwrap();
    }

    /// Reads on; a control word is returned, bytes are shown and acknowledged.
    async fn read(&mut self) -> Option<Value> {
        let message = timeout(PATIENCE, self.socket.next()).await.expect("a frame in time");
        match message.expect("the connection stays open").unwrap() {
            Message::Text(text) => Some(serde_json::from_str(&text).unwrap()),
            Message::Binary(bytes) => {
                self.drawn += bytes.len();
                self.shown.push_str(&String::from_utf8_lossy(&bytes));
                let ack = json!({"type": "ack", "bytes": self.drawn}).to_string();
                // The other side may have said its last word already.
                drop(self.socket.send(Message::Text(ack.into())).await);
                None
            }
            _ => None,
        }
    }

    async fn until_shown(&mut self, text: &str) {
        let shown = async {
            while !self.shown.contains(text) {
                self.read().await;
            }
        };
        timeout(PATIENCE, shown).await.unwrap_or_else(|_| panic!("{text} is never shown"));
    }

    /// Says a control word.
    async fn say(&mut self, word: &Value) {
        self.socket.send(Message::Text(word.to_string().into())).await.unwrap();
    }

    async fn until_told(&mut self) -> Value {
        let told = async {
            loop {
                if let Some(word) = self.read().await {
                    return word;
                }
            }
        };
        timeout(PATIENCE, told).await.expect("a word in time")
    }
}

#[tokio::test]
async fn what_is_typed_reaches_the_cluster_and_turns_the_check_green() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut events = ada.events(None).await;
    let mut terminal = Terminal::open(&app, &ada).await;
    assert_eq!(terminal.until_told().await["type"], "ready");

    terminal
        .type_in("kubectl -n $CP_NS create configmap hello --from-literal=plane=control\r")
        .await;

    terminal.until_shown("configmap/hello created").await;
    events
        .until(|event| event.data["check"] == "cp-hello" && event.data["state"] == "passed")
        .await;
}

#[tokio::test]
async fn the_command_that_a_new_shell_suggests_works() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut terminal = Terminal::open(&app, &ada).await;
    terminal.until_shown("Try: ").await;
    terminal.until_shown("get all").await;
    let suggested = terminal.shown.split_once("Try: ").unwrap().1.lines().next().unwrap();

    let line = format!("{}; echo ended-$?\r", suggested.trim());
    terminal.type_in(&line).await;

    terminal.until_shown("ended-0").await;
}

#[tokio::test]
async fn a_terminal_that_comes_back_shows_what_was_there() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut first = Terminal::open(&app, &ada).await;
    first.type_in("echo twice-$((20 + 22))\r").await;
    first.until_shown("twice-42").await;
    drop(first);

    let mut second = Terminal::open(&app, &ada).await;

    let ready = second.until_told().await;
    second.until_shown("twice-42").await;
    let past = second.shown.find("twice-42").unwrap() + "twice-42".len();
    assert!(ready["replays"].as_u64().unwrap() >= past as u64);
    second.type_in("echo still-$((1 + 1))\r").await;
    second.until_shown("still-2").await;
}

#[tokio::test]
async fn a_terminal_without_a_lab_and_one_whose_lab_ends_say_so() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let mut early = Terminal::open(&app, &ada).await;
    assert_eq!(early.until_told().await["code"], "no-lab");

    ada.start_lab().await;
    let mut terminal = Terminal::open(&app, &ada).await;
    assert_eq!(terminal.until_told().await["type"], "ready");
    ada.delete("/api/v1/lab").await;

    let last = terminal.until_told().await;
    assert_eq!((&last["type"], &last["code"]), (&json!("unavailable"), &json!("lab-ended")));
}

#[tokio::test]
async fn a_lab_that_is_made_anew_is_not_called_ended_and_has_its_terminal_again() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let lab = lab["cp_namespace"].as_str().unwrap().strip_suffix("-cp").unwrap();

    let mut terminal = Terminal::open_with(&app, &ada, "session=main&lang=es").await;
    assert_eq!(terminal.until_told().await["type"], "ready");
    let mut events = ada.events(None).await;
    events.until(|event| event.name == "lab" && event.data["state"] == "ready").await;

    // The shell ends with its namespace; a lab whose shell lives on may be whole again before anybody looks.
    app.inner.cluster.remove_namespace(&format!("{lab}-box")).await.unwrap();

    let last = terminal.until_told().await;
    assert_eq!((&last["type"], &last["code"]), (&json!("unavailable"), &json!("lab-not-ready")));
    assert!(last["text"].as_str().unwrap().contains("laboratorio"), "{last}");
    events.until(|event| event.name == "lab" && event.data["state"] == "ready").await;
    let mut terminal = Terminal::open(&app, &ada).await;
    assert_eq!(terminal.until_told().await["type"], "ready");
    terminal.type_in("echo again-$((40 + 2))\r").await;
    terminal.until_shown("again-42").await;
}

const WAYS_OUT: [(&str, &str); 2] = [("Ada", "/en/me/leave"), ("Bea", "/api/v1/me")];

/// Signs out, or deletes the learner.
async fn leave_by(learner: &Actor, way: &str) {
    let answer = if way.starts_with("/api") {
        learner.delete(way).await
    } else {
        learner.post(way, Value::Null).await
    };
    assert!(answer.status.is_success() || answer.status.is_redirection(), "{}", answer.text);
}

#[tokio::test]
async fn signing_out_and_deleting_oneself_wake_who_is_connected() {
    let app = TestApp::start().await;
    for (name, leave) in WAYS_OUT {
        // Without a lab nothing else is said in the stream.
        let learner = app.join(name).await;
        let id = learner.get("/api/v1/me").await.json()["id"].clone();
        let told = app.inner.hub.follow(id.as_str().unwrap());

        leave_by(&learner, leave).await;

        assert!(told.has_changed().unwrap(), "{name} is woken by the time of the answer");
    }
}

#[tokio::test]
async fn signing_out_and_deleting_oneself_close_terminals_and_streams_at_once() {
    let app = TestApp::start().await;
    for (name, leave) in WAYS_OUT {
        let learner = app.join(name).await;
        learner.start_lab().await;
        let mut terminal = Terminal::open(&app, &learner).await;
        assert_eq!(terminal.until_told().await["type"], "ready");
        let mut events = learner.events(None).await;
        events.until(|event| event.name == "lab").await;

        leave_by(&learner, leave).await;

        // A terminal hears it as the next word; a stream ends after what was on its way before.
        let told = terminal.until_told().await;
        let code = told["code"].as_str().unwrap_or_default().to_owned();
        assert!(["signed-out", "lab-ended"].contains(&code.as_str()), "{name}: {told}");
        while events.next().await.is_some() {}
    }
}

#[tokio::test]
async fn what_closes_a_terminal_is_said_in_the_readers_language() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |told: &Value| {
        let text = told["text"].as_str().unwrap().to_owned();
        let code = told["code"].as_str().unwrap_or("watching").to_owned();
        words.entry(code).or_default().push(text);
    };
    for language in LANGUAGES {
        let query = format!("session=main&lang={language}");
        note(&Terminal::open_with(&app, &ada, &query).await.until_told().await);
    }
    ada.start_lab().await;
    let mut typist = Terminal::open(&app, &ada).await;
    typist.until_shown("$").await;
    let mut open = Vec::new();
    for language in LANGUAGES {
        let query = format!("session=main&lang={language}");
        let mut terminal = Terminal::open_with(&app, &ada, &query).await;
        assert_eq!(terminal.until_told().await["type"], "ready");
        let told = terminal.until_told().await;
        assert_eq!(told["type"], "watching", "{told}");
        note(&told);
        open.push(terminal);
    }

    ada.delete("/api/v1/lab").await;

    for mut terminal in open {
        let last = loop {
            let told = terminal.until_told().await;
            if told["type"] == "unavailable" {
                break told;
            }
        };
        assert_eq!(last["code"], "lab-ended");
        note(&last);
    }
    assert_eq!(words.keys().collect::<Vec<_>>(), ["lab-ended", "no-lab", "watching"]);
    for (code, texts) in words {
        assert!(texts.iter().all(|text| !text.contains("terminal-")), "{code}: {texts:?}");
        let different: BTreeSet<&String> = texts.iter().collect();
        assert_eq!(different.len(), 3, "each language has its own words: {texts:?}");
    }
}

#[tokio::test]
async fn every_reason_why_there_is_no_terminal_has_its_words_in_each_language() {
    let app = TestApp::start().await;
    let course = app.inner.course();

    for code in [
        "no-lab",
        "lab-not-ready",
        "lab-ended",
        "signed-out",
        "too-many",
        "too-many-windows",
        "no-toolbox",
        "watching",
    ] {
        let mut texts = BTreeSet::new();
        for language in LANGUAGES {
            let id = format!("terminal-{code}");
            let language = language.parse().unwrap();
            let text = course.messages.message(language, &id, &BTreeMap::new()).text;
            assert!(text.ends_with('.') && !text.contains(&id), "{text}");
            texts.insert(text);
        }
        assert_eq!(texts.len(), 3, "{code}: {texts:?}");
    }
}

#[tokio::test]
async fn of_two_tabs_one_types_and_the_other_can_take_over() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut one = Terminal::open(&app, &ada).await;
    assert_eq!(one.until_told().await["type"], "ready");
    let mut other = Terminal::open(&app, &ada).await;
    assert_eq!(other.until_told().await["type"], "ready");
    assert_eq!(other.until_told().await["type"], "watching");

    // What a terminal answers by itself is no typing.
    other.type_in("\u{1b}[1;1R").await;
    one.type_in("echo one-$((40 + 2))\r").await;
    one.until_shown("one-42").await;
    other.until_shown("one-42").await;

    // A key takes the keyboard over, and is typed.
    other.type_in("echo other-$((40 + 2))\r").await;
    assert_eq!(other.until_told().await, json!({"type": "typing"}));
    assert_eq!(one.until_told().await["type"], "watching");
    one.until_shown("other-42").await;

    // So does a click.
    one.say(&json!({"type": "take"})).await;
    assert_eq!(one.until_told().await, json!({"type": "typing"}));
    assert_eq!(other.until_told().await["type"], "watching");

    // Who is left alone types.
    drop(one);
    assert_eq!(other.until_told().await, json!({"type": "typing"}));
    other.type_in("echo left-$((40 + 2))\r").await;
    other.until_shown("left-42").await;
    assert!(!other.shown.contains("[1;1R"), "{}", other.shown);

    // Who opens a window and looks at it types there at once.
    let mut third = Terminal::open_with(&app, &ada, "session=main&take=true").await;
    assert_eq!(other.until_told().await["type"], "watching");
    assert_eq!(third.until_told().await["type"], "ready");
    third.type_in("echo third-$((40 + 2))\r").await;
    third.until_shown("third-42").await;
}

#[tokio::test]
async fn the_shell_has_the_size_of_the_window_that_types() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut wide = Terminal::open_with(&app, &ada, "session=main&cols=132&rows=40").await;
    wide.until_shown("$").await;
    let mut narrow = Terminal::open_with(&app, &ada, "session=main&cols=50&rows=10").await;
    assert_eq!(narrow.until_told().await["type"], "ready");

    wide.type_in("echo wide-$COLUMNS\r").await;
    wide.until_shown("wide-132").await;

    narrow.type_in("echo narrow-$COLUMNS\r").await;
    narrow.until_shown("narrow-50").await;
}

#[tokio::test]
async fn too_many_windows_of_one_learner_are_told_so_and_nobody_else_is() {
    let app = TestApp::start().await;
    let (ada, bea) = (app.join("Ada").await, app.join("Bea").await);
    ada.start_lab().await;
    bea.start_lab().await;
    let mut windows = Vec::new();
    for _ in 0..48 {
        let mut terminal = Terminal::open(&app, &ada).await;
        assert_eq!(terminal.until_told().await["type"], "ready");
        windows.push(terminal);
    }

    let mut one_more = Terminal::open_with(&app, &ada, "session=main&lang=pt").await;

    let told = one_more.until_told().await;
    assert_eq!((&told["type"], &told["code"]), (&json!("unavailable"), &json!("too-many-windows")));
    assert!(told["text"].as_str().unwrap().contains("janelas demais"), "{told}");
    let mut beas = Terminal::open(&app, &bea).await;
    assert_eq!(beas.until_told().await["type"], "ready");
    windows.clear();
    // The places are given back as soon as it is noticed that the windows have gone.
    loop {
        let mut again = Terminal::open(&app, &ada).await;
        if again.until_told().await["type"] == "ready" {
            break;
        }
    }
}

#[tokio::test]
async fn two_tabs_see_the_same_terminal_and_a_ninth_is_refused() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut one = Terminal::open(&app, &ada).await;
    let mut other = Terminal::open(&app, &ada).await;

    one.type_in("echo seen-$((40 + 2))\r").await;

    one.until_shown("seen-42").await;
    other.until_shown("seen-42").await;
    let mut more = Vec::new();
    for number in 2..=8 {
        let mut terminal = Terminal::open_named(&app, &ada, &format!("tab-{number}")).await;
        assert_eq!(terminal.until_told().await["type"], "ready");
        more.push(terminal);
    }
    let mut ninth = Terminal::open_named(&app, &ada, "tab-9").await;
    assert_eq!(ninth.until_told().await["code"], "too-many");
}

/// Opens a terminal by hand, sends `bytes` and goes away.
async fn cut_off(app: &TestApp, learner: &Actor, bytes: &[u8]) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let host = app.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /api/v1/lab/terminal?session=main HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\n\
         Cookie: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        app.url, learner.cookie
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    stream.write_all(bytes).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_cut_at_any_byte_leaves_the_terminal_usable() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    // A binary frame of seven bytes, and a text frame, both masked with zeros.
    let mut frames = vec![0x82, 0x87, 0, 0, 0, 0];
    frames.extend(b"echo x\r");
    let control = br#"{"type":"ack","bytes":0}"#;
    frames.extend([0x81, 0x80 | u8::try_from(control.len()).unwrap(), 0, 0, 0, 0]);
    frames.extend(control);

    for cut in 0..=frames.len() {
        cut_off(&app, &ada, &frames[..cut]).await;
    }

    let mut terminal = Terminal::open(&app, &ada).await;
    terminal.type_in("echo alive-$((40 + 2))\r").await;
    terminal.until_shown("alive-42").await;
    // Each of them has been noticed: only the one that is there still looks.
    assert_eq!(app.inner.terminals.len(), 1);
}
