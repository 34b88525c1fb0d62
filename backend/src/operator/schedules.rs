//! `schedules`: what is appended by the clock, and when next.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::Value;

use super::deliveries::text;
use super::server::Server;
use super::table::{Side, Table};

const SCHEDULES: &str = "{ schedules { name cron nextAt } server { now } }";

/// A table of all schedules: the zone stands at the end of the expression, and the times are in it.
pub(super) fn list(server: &Server) -> anyhow::Result<String> {
    let answer = server.ask(SCHEDULES, &Value::Null)?;
    let now = moment(&answer, "/server/now")?;
    let mut table = Table::new(&[
        ("SCHEDULE", Side::Left),
        ("CRON", Side::Left),
        ("NEXT RUN", Side::Left),
        ("IN", Side::Right),
    ]);
    for schedule in answer.get("schedules").and_then(Value::as_array).into_iter().flatten() {
        let next_at = moment(schedule, "/nextAt")?;
        table.row(vec![
            text(schedule, "/name").to_owned(),
            text(schedule, "/cron").to_owned(),
            next_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            wait(Duration::try_from(next_at.duration_since(now)).unwrap_or_default()),
        ]);
    }
    Ok(table.text())
}

fn moment(value: &Value, pointer: &str) -> anyhow::Result<Timestamp> {
    let text = text(value, pointer);
    text.parse().with_context(|| format!("the server says `{text}` where a time should stand"))
}

/// `9 h 05 min`, or `05 min`.
fn wait(left: Duration) -> String {
    let minutes = left.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_hours_and_minutes() {
        let said = |seconds| wait(Duration::from_secs(seconds));
        assert_eq!(
            [0, 59, 60, 3_600, 86_399].map(said),
            ["0 min", "0 min", "1 min", "1 h 00 min", "23 h 59 min"]
        );
    }
}
