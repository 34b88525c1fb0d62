//! What operators find among the deliveries: by where they stand, by function and by order, page by page;
//! what of each is on record, and what is counted.

use shared::money::Cents;

use super::*;
use crate::eventing::attempt::AttemptEnd;
use crate::eventing::consumer::Consumer;
use crate::eventing::delivery::{Delivery, Outcome};
use crate::eventing::fixture::completed;
use crate::eventing::follower::Advance;
use crate::eventing::follower::insights::Insights;
use crate::eventing::plan::{Claim, Plan};

/// Where a delivery is found: the position of its event, and its function.
type Place = (u64, Function);

/// All that there are, newest event first; two of them share an event.
const ALL: [Place; 10] = [
    (10, Function::ValidateOrder),
    (8, Function::ValidateOrder),
    (7, Function::ValidateOrder),
    (6, Function::ValidateOrder),
    (5, Function::Kitchen),
    (5, Function::Courier),
    (4, Function::Kitchen),
    (3, Function::Kitchen),
    (2, Function::ChargePayment),
    (1, Function::ValidateOrder),
];

/// A room and all that was ever written in it.
struct Story {
    room: Room,
    plans: Vec<Plan>,
}

impl Story {
    fn write(&mut self, batch: &[Request]) -> Vec<Claim> {
        let plan = self.room.write(batch);
        let claims = plan.claims.clone();
        self.plans.push(plan);
        claims
    }

    /// Order 1 cooks; of the others, order 2 has failed, order 3 is a dead letter, order 4 is running and
    /// order 5 waits for a slot.
    fn told() -> Self {
        let mut story = Self { room: Room::new(0.0), plans: Vec::new() };
        let capture = Command::RecordCapture { amount: Cents::saturating(29_00) };
        let mut open = story.write(&[place(1, 1)]);
        for command in [Command::Validate, capture, Command::Accept, Command::BeginCooking] {
            open = story.write(&[done(&open[0], command)]);
        }
        let open = story.write(&[place(2, 2), place(3, 3), place(4, 4)]);
        story.room.free_slots.clear();
        let failed = Outcome::Retry { after: None, why: "boom".to_owned() };
        let given_up = Outcome::GiveUp { why: "never".to_owned() };
        story.write(&[completed(&open[0], failed), completed(&open[1], given_up)]);
        story.write(&[place(5, 5)]);
        story
    }

    /// The insights follow up to this position, and know of so many deliveries of each function.
    fn count(&mut self, upto: u64, handed_out: [(Function, u64); 4]) {
        let insights = Insights { handed_out: handed_out.into(), ..Insights::default() };
        let advance = Advance {
            follower: Follower::Insights,
            from: Position::START,
            to: Position::new(upto),
            state: serde_json::to_string(&insights).unwrap(),
            notices: Vec::new(),
        };
        self.write(&[Request::Advance(Box::new(advance))]);
    }

    fn reader(&self) -> (Reader, TempDir) {
        kept(&self.plans)
    }
}

fn found(delivery: &Delivery) -> Place {
    (delivery.key.position.get(), delivery.key.function)
}

async fn all(reader: &Reader, filter: DeliveryFilter) -> Vec<Place> {
    let page = reader.deliveries(filter, None, 100).await.unwrap();
    page.deliveries.iter().map(|(delivery, ..)| found(delivery)).collect()
}

#[tokio::test]
async fn deliveries_are_found_by_where_they_stand() {
    let (reader, _folder) = Story::told().reader();
    for (handling, expected) in [
        (vec![], &ALL[..]),
        (vec![Handling::Pending], &[ALL[0]]),
        (vec![Handling::Running], &[ALL[1], ALL[4], ALL[5]]),
        (vec![Handling::Dead], &[ALL[2]]),
        (vec![Handling::Failed], &[ALL[3]]),
        (vec![Handling::Done], &ALL[6..]),
        (vec![Handling::Failed, Handling::Dead], &[ALL[2], ALL[3]]),
    ] {
        let filter = DeliveryFilter { handling: handling.clone(), ..DeliveryFilter::default() };
        assert_eq!(all(&reader, filter).await, expected, "{handling:?}");
    }
}

#[tokio::test]
async fn deliveries_are_found_by_their_function_and_by_their_order_and_by_all_of_it() {
    let (reader, _folder) = Story::told().reader();
    let (kitchen, order) = (Some(Function::Kitchen), Some(order_id(1)));
    let of = |order, function, handling| DeliveryFilter { order, function, handling };
    for (filter, expected) in [
        (of(None, kitchen, vec![]), &[ALL[4], ALL[6], ALL[7]][..]),
        (of(order, None, vec![]), &ALL[4..]),
        (of(Some(order_id(3)), None, vec![]), &[ALL[2]]),
        (of(order, kitchen, vec![Handling::Done]), &[ALL[6], ALL[7]]),
        (of(Some(order_id(2)), kitchen, vec![]), &[]),
    ] {
        assert_eq!(all(&reader, filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn pages_of_deliveries_come_newest_first_and_fit_together_where_two_share_an_event() {
    let (reader, _folder) = Story::told().reader();
    let read = async |before: Option<DeliveryPlace>| {
        let page = reader.deliveries(DeliveryFilter::default(), before, 5).await.unwrap();
        let places: Vec<_> = page.deliveries.iter().map(|(it, ..)| found(it)).collect();
        let end = page.deliveries.last().map(|(delivery, ..)| DeliveryPlace(delivery.key));
        (places, end, page.more)
    };
    let (first, end, more) = read(None).await;
    assert_eq!((first, more), (ALL[..5].to_vec(), More::Follows));
    let (second, end, more) = read(end).await;
    assert_eq!((second, more), (ALL[5..].to_vec(), More::Nothing), "full, and the last one");
    assert_eq!(read(end).await, (vec![], None, More::Nothing));
}

#[tokio::test]
async fn each_delivery_has_its_own_event_and_its_own_attempts() {
    let (reader, _folder) = Story::told().reader();
    let page = reader.deliveries(DeliveryFilter::default(), None, 100).await.unwrap();
    for (delivery, event, attempts) in page.deliveries {
        assert_eq!(event.position, delivery.key.position);
        let told: Vec<_> = attempts.iter().map(|it| (it.end, it.error.as_str())).collect();
        let expected: &[_] = match delivery.key.position.get() {
            6 => &[(AttemptEnd::Failed, "boom")],
            7 => &[(AttemptEnd::GivenUp, "never")],
            _ => &[],
        };
        assert_eq!(told, expected, "{delivery:?}");
        assert_eq!(reader.attempts(delivery.key).await.unwrap(), attempts);
    }
}

#[tokio::test]
async fn what_is_counted_of_a_function_is_what_there_is_up_to_where_the_insights_follow() {
    let given = |validated| {
        let (charged, cooked) = ((Function::ChargePayment, 1), (Function::Kitchen, 3));
        [(Function::ValidateOrder, validated), charged, cooked, (Function::Courier, 1)]
    };
    let later = NOW.checked_add(std::time::Duration::from_secs(5)).unwrap();
    let counted = async |upto, validated| {
        let mut story = Story::told();
        story.count(upto, given(validated));
        let (reader, _folder) = story.reader();
        let overview = reader.overview(later).await.unwrap();
        assert_eq!(overview.cursor, Position::new(upto));
        overview.consumers
    };
    let nothing = |function| ConsumerStats {
        consumer: Consumer::Function(function),
        pending: 0,
        running: 0,
        retrying: 0,
        dead: 0,
        done: 0,
        lag_ms: 0,
        paused: false,
    };
    let consumers = counted(10, 5).await;
    let validate = nothing(Function::ValidateOrder);
    let validate = ConsumerStats { running: 1, retrying: 1, dead: 1, done: 1, ..validate };
    for expected in [
        ConsumerStats { pending: 1, lag_ms: 5_000, ..validate },
        ConsumerStats { done: 1, ..nothing(Function::ChargePayment) },
        ConsumerStats { running: 1, done: 2, ..nothing(Function::Kitchen) },
        ConsumerStats { running: 1, ..nothing(Function::Courier) },
        nothing(Function::Refund),
    ] {
        assert!(consumers.contains(&expected), "no {expected:?} in {consumers:#?}");
    }
    // The last one has not been counted yet, so it does not count as waiting either.
    let one_less = counted(9, 4).await;
    let of_validation = one_less.iter().find(|it| it.consumer == validate.consumer).unwrap();
    assert_eq!((of_validation.pending, of_validation.done), (0, 1));
}
