//! A loopback HTTP proxy that breaks things: refuses, drops, cuts or falsifies answers of the server behind it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing.
    Pass,
    /// Refused with this code and message; the server never sees it.
    Refuse(&'static str, &'static str),
    /// The connection ends without the server having seen the request.
    Gone,
    /// The server carries it out; the answer is lost.
    AnswerLost,
    /// The answer's second half is missing.
    Truncate,
    /// In the answer one text stands for another.
    Falsify(&'static str, &'static str),
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<BTreeMap<String, usize>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// In front of `server`; `fault` is asked with the operation and the number of its calls before this one.
    pub(crate) fn before(server: &str, fault: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(BTreeMap::new()));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (counted, heads, fault) = (Arc::clone(&calls), Arc::clone(&requests), Arc::new(fault));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, counted, heads, fault) =
                    (server.clone(), Arc::clone(&counted), Arc::clone(&heads), Arc::clone(&fault));
                std::thread::spawn(move || {
                    let Some((head, body)) = read_message(&mut BufReader::new(&stream)) else { return };
                    let operation = operation_of(&head);
                    let before = {
                        let mut counted = counted.lock().unwrap();
                        let count: &mut usize = counted.entry(operation.clone()).or_default();
                        *count += 1;
                        *count - 1
                    };
                    heads.lock().unwrap().push(head.clone());
                    treat(&stream, &server, (&head, &body), fault(&operation, before));
                });
            }
        });
        Self { endpoint, calls, requests }
    }

    /// Number of calls of an operation.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().get(operation).copied().unwrap_or_default()
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn operation_of(head: &str) -> String {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-amz-target:")).unwrap_or_default();
    line.rsplit('.').next().unwrap_or_default().trim().to_owned()
}

fn treat(mut client: &TcpStream, server: &str, request: (&str, &[u8]), fault: Fault) {
    let (head, body) = match fault {
        Fault::Refuse(code, message) => {
            let body = format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}");
            ("HTTP/1.1 400 Bad Request\r\nx-amzn-RequestId: request-1".to_owned(), body.into_bytes())
        }
        Fault::Gone => return,
        _ => forward(server, request),
    };
    let body = match fault {
        Fault::AnswerLost => return,
        Fault::Truncate => body[..body.len() / 2].to_vec(),
        Fault::Falsify(from, to) => String::from_utf8(body).unwrap().replace(from, to).into_bytes(),
        _ => body,
    };
    let kept = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("content-length:")
            && !line.starts_with("connection:")
            && !line.starts_with("transfer-encoding:")
    });
    let head = kept.collect::<Vec<_>>().join("\r\n");
    let _ = write!(client, "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = client.write_all(&body);
}

fn forward(server: &str, (head, body): (&str, &[u8])) -> (String, Vec<u8>) {
    let mut upstream = TcpStream::connect(server).unwrap();
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = lines.collect::<Vec<_>>().join("\r\n");
    write!(upstream, "{head}\r\nConnection: close\r\n\r\n").unwrap();
    upstream.write_all(body).unwrap();
    read_message(&mut BufReader::new(&upstream)).unwrap()
}

/// Head without its empty line, and body by its length.
fn read_message(stream: &mut BufReader<&TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
