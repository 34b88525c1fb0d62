//! The server that is to do something: where it is, and how it is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::cli::ServerOptions;
use crate::operator_token::token_in;

/// How long an answer may take: a page of deliveries takes milliseconds, a busy disk a moment.
const DEADLINE: Duration = Duration::from_secs(15);

/// A running server, and the operator's token for it.
pub(super) struct Server {
    url: String,
    token: String,
    agent: ureq::Agent,
}

impl Server {
    /// Finds the server that these options name: by its URL, or by the lock file of its database.
    pub(super) fn find(options: &ServerOptions) -> anyhow::Result<Self> {
        let announced = || announced(&options.database);
        let url = match &options.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => announced()?.0,
        };
        let token_file = match (&options.operator_token_file, &options.url) {
            (Some(file), _) => file.clone(),
            (None, None) => announced()?.1,
            (None, Some(_)) => bail!(
                "`--url` needs `--operator-token-file`: the file that the server reads its \
                 operator's token from"
            ),
        };
        let token = token_in(&token_file)?;
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            .max_redirects(0)
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { url, token, agent })
    }

    /// Asks, as the operator; what comes back is the data of an answer without errors.
    pub(super) fn ask(&self, document: &str, variables: &Value) -> anyhow::Result<Value> {
        let asked = json!({ "query": document, "variables": variables }).to_string();
        let answer = self
            .agent
            .post(format!("{}/graphql", self.url))
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .send(asked)
            .with_context(|| format!("{} does not answer; is the server still there?", self.url))?;
        let text = answer.into_body().read_to_string();
        let text = text.with_context(|| format!("the answer of {} broke off", self.url))?;
        let mut answer: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} does not speak GraphQL", self.url))?;
        let message = answer.pointer("/errors/0/message").and_then(Value::as_str);
        ensure!(message.is_none(), "the server says: {}", message.unwrap_or_default());
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}

/// What the lock file of a database says: the server's URL, and where the operator's token stands.
fn announced(database: &Path) -> anyhow::Result<(String, PathBuf)> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let nobody = || {
        format!(
            "no server serves {}. Start one (`tiffin-backend serve`), or name the database or the \
             server with `--database` or `--url`",
            database.display()
        )
    };
    let text = std::fs::read_to_string(&lock).with_context(nobody)?;
    let mut lines = text.lines();
    let url = lines.next().filter(|line| line.starts_with("http")).with_context(nobody)?;
    let token = lines.find_map(|line| line.strip_prefix("operator-token "));
    let token = token.with_context(|| {
        format!("{} does not say where the operator's token stands", lock.display())
    })?;
    Ok((url.to_owned(), PathBuf::from(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_says_where_the_server_is_and_where_the_token_stands() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tiffin.db");
        let lock = folder.path().join("tiffin.db.lock");
        for nobody in [None, Some(""), Some("\n")] {
            if let Some(text) = nobody {
                std::fs::write(&lock, text).unwrap();
            }
            let error = format!("{:#}", announced(&database).unwrap_err());
            assert!(error.contains("no server serves") && error.contains("--url"), "{error}");
        }
        let text = "http://127.0.0.1:4000\npid 7\noperator-token /t/token\n";
        std::fs::write(&lock, text).unwrap();
        let (url, token) = announced(&database).unwrap();
        assert_eq!(
            (url.as_str(), token.as_path()),
            ("http://127.0.0.1:4000", Path::new("/t/token"))
        );
    }
}
