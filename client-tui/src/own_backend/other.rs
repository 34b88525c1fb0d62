//! A backend that another program runs on the same data: where it is, and whether it is there.

use std::{path::Path, time::Duration};

use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use crate::link::Endpoint;

/// A lock file is a few lines; this much of it is read.
const LOCK_FILE_LIMIT: u64 = 4 * 1024;
/// How long a backend on this machine may take to accept a connection.
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);

/// The backend that the lock file names, if it answers.
pub(super) async fn find(lock_file: &Path) -> Option<Endpoint> {
    let endpoint = named_in(lock_file).await?;
    answers(&endpoint).await.then_some(endpoint)
}

/// Whether something accepts connections there.
pub(super) async fn answers(endpoint: &Endpoint) -> bool {
    matches!(timeout(ANSWER_DEADLINE, TcpStream::connect(endpoint.address())).await, Ok(Ok(_)))
}

/// `None` also where the file is half written: its backend does not answer yet then either.
async fn named_in(lock_file: &Path) -> Option<Endpoint> {
    let file = File::open(lock_file).await.ok()?;
    let mut first_line = String::new();
    BufReader::new(file.take(LOCK_FILE_LIMIT)).read_line(&mut first_line).await.ok()?;
    first_line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn the_first_line_of_the_lock_file_says_where_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let lock_file = directory.path().join("tiffin.db.lock");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::fs::write(&lock_file, format!("{url}\n/somewhere/operator-token\n")).unwrap();
        assert_eq!(find(&lock_file).await, Some(url.parse().unwrap()));
        drop(listener);
        // A test beside this one that is just forking holds a copy of the socket for a moment.
        let gone = async { while find(&lock_file).await.is_some() {} };
        timeout(Duration::from_secs(20), gone).await.expect("what it names has gone");
    }

    #[tokio::test]
    async fn a_lock_file_that_names_nobody_is_no_backend() {
        let directory = tempfile::tempdir().unwrap();
        let lock_file = directory.path().join("tiffin.db.lock");
        assert_eq!(find(&lock_file).await, None);
        for content in ["", "http://", "pid 7\n"] {
            std::fs::write(&lock_file, content).unwrap();
            assert_eq!(find(&lock_file).await, None, "{content:?}");
        }
    }
}
