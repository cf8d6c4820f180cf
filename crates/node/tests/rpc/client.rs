//! A plain HTTP client that says exactly what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// One connection.
pub struct Client {
    reader: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text, unpacked if it was packed.
    pub fn text(&self) -> String {
        let mut body = self.body.clone();
        if self.header("content-encoding") == Some("gzip") {
            body.clear();
            flate2::read::GzDecoder::new(&self.body[..])
                .read_to_end(&mut body)
                .expect("the body is gzip");
        }
        String::from_utf8(body).expect("answers are UTF-8")
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        let socket = TcpStream::connect(address).expect("the server listens");
        socket.set_nodelay(true).expect("a socket has that option");
        Client { reader: BufReader::new(socket) }
    }

    /// Sends bytes as they are; a server that has hung up is no matter.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.reader.get_mut().write_all(bytes);
    }

    /// Sends a request with these headers; Host and Content-Length are added where they are missing.
    pub fn ask(&mut self, verb: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{verb} {path} HTTP/1.1\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if !has("host") {
            head.push_str("Host: 127.0.0.1\r\n");
        }
        if !body.is_empty() && !has("content-length") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.send(&[head.as_bytes(), body].concat());
        self.read(verb == "HEAD").expect("the server answers")
    }

    /// Posts a body of JSON, and gives the answer's text.
    pub fn post(&mut self, body: &str) -> String {
        self.ask("POST", "/", &[("Content-Type", "application/json")], body.as_bytes()).text()
    }

    /// Reads an answer; `None` if the server has hung up.
    pub fn read(&mut self, without_body: bool) -> Option<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').expect("a header has a colon");
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse::<usize>().expect("a length is a number"));
        if !without_body {
            answer.body = vec![0; length];
            self.reader.read_exact(&mut answer.body).ok()?;
        }
        Some(answer)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end().to_owned()),
        }
    }

    /// Waits until the server hangs up, and gives what it said until then.
    pub fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is a way of hanging up, too.
        let _ = self.reader.read_to_end(&mut rest);
        rest
    }
}
