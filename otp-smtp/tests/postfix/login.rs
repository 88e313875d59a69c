//! Who may log in: Postfix asks a server of Dovecot's, of which this is what it takes.
//!
//! Protocol: <https://doc.dovecot.org/2.3/developer_manual/design/auth_protocol/>.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::common::{PASSWORD, USER};

const GREETING: &str = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n";

/// Answers as long as the process lives; returns its port.
pub(crate) fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Postfix hangs up when it has had its answer.
            thread::spawn(move || drop(answer(stream)));
        }
    });
    port
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(GREETING.as_bytes())?;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        let words: Vec<_> = line.split('\t').collect();
        if let ["AUTH", id, "PLAIN", options @ ..] = &words[..] {
            let response = options.iter().find_map(|option| option.strip_prefix("resp="));
            let is_known = response.is_some_and(|response| {
                STANDARD.decode(response).is_ok_and(|said| said == format!("\0{USER}\0{PASSWORD}").as_bytes())
            });
            let verdict = if is_known { "OK" } else { "FAIL" };
            stream.write_all(format!("{verdict}\t{id}\tuser={USER}\n").as_bytes())?;
        }
    }
    Ok(())
}
