//! Who is asked what, when; and what is made of the answers.

use serde_json::{Value, json};
use shared::cursor::Cursor;
use shared::id::{CustomerId, MutationId, OrderId};
use uuid::Uuid;

use super::*;
use crate::app::fixture::World;
use crate::link::NotSentReason;
use optimistic::input::{FailureCode, SubscriptionEnd};
use optimistic::intent::Intent;

const OUR_LOG: Uuid = Uuid::from_u128(8);
const ANOTHER_LOG: Uuid = Uuid::from_u128(9);
const CUSTOMER: Uuid = Uuid::from_u128(7);
const CONNECTION: ConnectionId = ConnectionId::new(1);

fn signed_in() -> SignedIn {
    SignedIn {
        customer_id: CustomerId::new(CUSTOMER),
        name: "anna".to_owned(),
        token: Token::new("secret".to_owned()),
        log_id: LogId::new(OUR_LOG),
        server: "http://127.0.0.1:4000".to_owned(),
    }
}

/// A session, and what it wants of the link.
struct Talk {
    session: Session,
    moment: Moment,
}

impl Talk {
    fn new(signed_in: Option<SignedIn>) -> Self {
        let mut session = Session::new("anna".to_owned(), signed_in);
        session.reach("http://127.0.0.1:4000".parse().unwrap());
        Self { session, moment: World::new().moment() }
    }

    fn event(&mut self, event: LinkEvent) -> Vec<News> {
        self.session.take(Network::Event(event), self.moment)
    }

    fn connected(&mut self) -> Vec<News> {
        self.event(LinkEvent::Connected { connection: CONNECTION })
    }

    fn answer(&mut self, id: RequestId, data: &Value) -> Vec<News> {
        self.event(LinkEvent::Next { id, payload: json!({ "data": data }) })
    }

    /// A connection on which the backend has said that it serves this log.
    fn greeted(&mut self, log: Uuid) -> Vec<News> {
        let news = self.connected();
        let server = request(&news, "Server");
        let cursor = format!("{log}:0");
        let now = "2026-11-21T12:04:00Z";
        self.answer(
            server,
            &json!({ "server": { "logId": log, "version": "1", "cursor": cursor, "now": now } }),
        )
    }
}

/// The id of the request with this operation.
fn request(news: &[News], operation: &str) -> RequestId {
    let request = commands(news).into_iter().find_map(|command| {
        let LinkCommand::Execute { id, body, .. } = command else { return None };
        (body["operationName"] == operation).then_some(id)
    });
    request.unwrap_or_else(|| panic!("{operation} is not asked in {news:?}"))
}

fn commands(news: &[News]) -> Vec<LinkCommand> {
    let command = |news: &News| {
        let News::Do(Effect::Link(command)) = news else { return None };
        Some(command.clone())
    };
    news.iter().filter_map(command).collect()
}

fn inputs(news: &[News]) -> Vec<Input> {
    let input = |news: &News| {
        let News::Store(input) = news else { return None };
        Some(input.clone())
    };
    news.iter().filter_map(input).collect()
}

/// Where we are to connect.
fn target(news: &[News]) -> Target {
    let target = commands(news).into_iter().find_map(|command| {
        let LinkCommand::Connect(target) = command else { return None };
        Some(target)
    });
    target.unwrap_or_else(|| panic!("nobody connects in {news:?}"))
}

#[test]
fn whoever_comes_first_signs_in_and_then_connects_as_that_customer() {
    let mut talk = Talk::new(None);
    let news = talk.greeted(OUR_LOG);
    let sign_in = request(&news, "SignIn");
    let customer = json!({ "id": CUSTOMER, "name": "anna" });
    let news =
        talk.answer(sign_in, &json!({ "signIn": { "token": "secret", "customer": customer } }));
    let kept = Effect::KeepSignIn { new: signed_in(), refused: None };
    assert_eq!(news, [News::Do(kept)], "nothing goes on before it is kept");
    let news = talk.session.be(signed_in());
    assert_eq!(target(&news).token, Some(Token::new("secret".to_owned())));
    let news = talk.greeted(OUR_LOG);
    assert!(matches!(inputs(&news).as_slice(), [Input::LinkUp { .. }]), "{news:?}");
}

#[test]
fn the_menu_is_asked_for_with_the_first_words() {
    let mut talk = Talk::new(None);
    let news = talk.connected();
    let menu = request(&news, "Menu");
    let news = talk.answer(menu, &json!({ "viewer": null, "restaurants": [] }));
    assert!(matches!(inputs(&news).as_slice(), [Input::CatalogLoaded(_)]));
}

#[test]
fn whoever_wants_a_newer_menu_ten_times_while_one_is_under_way_gets_one_more() {
    let mut talk = Talk::new(None);
    let news = talk.connected();
    let first = request(&news, "Menu");
    for _ in 0..10 {
        assert_eq!(talk.session.refresh_menu(), [], "one is under way");
    }
    let menu = json!({ "viewer": null, "restaurants": [] });
    let news = talk.answer(first, &menu);
    let second = request(&news, "Menu");
    assert_eq!(commands(&talk.answer(second, &menu)), [], "and that is new enough");
    request(&talk.session.refresh_menu(), "Menu");
}

#[test]
fn a_customer_of_another_log_signs_in_anew_before_anything_goes_out() {
    let mut talk = Talk::new(Some(signed_in()));
    let news = talk.greeted(ANOTHER_LOG);
    request(&news, "SignIn");
    assert!(inputs(&news).is_empty(), "the link is not up for the store");
}

#[test]
fn a_refused_token_leads_to_the_question_which_log_it_is() {
    let refused = LinkEvent::Refused { message: "unknown token".to_owned() };
    let mut talk = Talk::new(Some(signed_in()));
    let news = talk.event(refused.clone());
    assert_eq!(target(&news).token, None, "we connect as nobody");
    let news = talk.greeted(OUR_LOG);
    assert_eq!(inputs(&news), [Input::AccessRefused], "only a person can help");
    assert!(news.contains(&News::Link(LinkState::SignInNeeded)));

    let mut talk = Talk::new(Some(signed_in()));
    talk.event(refused);
    let news = talk.greeted(ANOTHER_LOG);
    request(&news, "SignIn");
}

#[test]
fn a_connection_that_ends_is_reported_once_also_where_it_was_given_up_for_another() {
    let mut talk = Talk::new(Some(signed_in()));
    talk.greeted(OUR_LOG);
    assert_eq!(inputs(&talk.event(LinkEvent::Connecting)), [Input::LinkDown]);
    let disconnected = LinkEvent::Disconnected {
        why: "gone".to_owned(),
        close_code: None,
        retry_in: Duration::from_secs(1),
    };
    let news = talk.event(disconnected);
    assert!(inputs(&news).is_empty());
    assert!(matches!(news.as_slice(), [News::Link(LinkState::Offline { .. })]));
}

fn cancellation(talk: &mut Talk) -> (RequestId, MutationId) {
    let mutation_id = MutationId::new(Uuid::from_u128(1));
    let intent = Intent::Cancel { order_id: OrderId::new(Uuid::from_u128(2)) };
    let send = StoreEffect::Send { connection: CONNECTION, mutation_id, intent };
    (request(&talk.session.perform(send), "CancelOrder"), mutation_id)
}

#[test]
fn of_a_mutation_is_known_whether_it_was_sent_and_whether_it_was_answered() {
    let mut talk = Talk::new(Some(signed_in()));
    talk.greeted(OUR_LOG);
    let (id, mutation_id) = cancellation(&mut talk);
    let not_sent = LinkEvent::NotSent { id, reason: NotSentReason::NoConnection };
    assert_eq!(inputs(&talk.event(not_sent)), [Input::NotSent { mutation_id }]);

    let (id, mutation_id) = cancellation(&mut talk);
    let news = talk.event(LinkEvent::Sending { id });
    assert_eq!(inputs(&news), [Input::SendStarted { mutation_id }]);
    let news = talk.event(LinkEvent::Lost { id });
    assert!(matches!(inputs(&news).as_slice(), [Input::OutcomeUnknown { .. }]));

    let (id, _) = cancellation(&mut talk);
    let news = talk.answer(id, &json!({ "cancelOrder": "what?" }));
    let [Input::Failed { failure, .. }] = &inputs(&news)[..] else { panic!("{news:?}") };
    assert!(matches!(failure.code, FailureCode::Other(_)), "nobody can say what has happened");
}

#[test]
fn a_link_that_takes_no_command_has_sent_nothing() {
    let mut talk = Talk::new(Some(signed_in()));
    talk.greeted(OUR_LOG);
    let (id, mutation_id) = cancellation(&mut talk);
    let busy = LinkCommand::Execute {
        connection: CONNECTION,
        id,
        kind: RequestKind::Once,
        body: Value::Null,
    };
    let news = talk.session.take(Network::Busy(busy), talk.moment);
    assert_eq!(inputs(&news), [Input::NotSent { mutation_id }]);
}

#[test]
fn a_subscription_replaces_the_one_before_of_which_nothing_more_is_reported() {
    let mut talk = Talk::new(Some(signed_in()));
    talk.greeted(OUR_LOG);
    let after: Cursor = format!("{OUR_LOG}:3").parse().unwrap();
    let subscribe = StoreEffect::Subscribe { connection: CONNECTION, after };
    let first = request(&talk.session.perform(subscribe.clone()), "OrderChanges");
    let news = talk.session.perform(subscribe);
    let second = request(&news, "OrderChanges");
    assert_eq!(commands(&news)[0], LinkCommand::Stop { id: first });
    let mark = json!({ "orderChanges": {
        "cursor": after, "previous": null, "event": null, "order": null
    } });
    assert_eq!(talk.answer(first, &mark), []);
    assert!(matches!(inputs(&talk.answer(second, &mark)).as_slice(), [Input::Changed(_)]));
    let news = talk.event(LinkEvent::Complete { id: second });
    let [Input::SubscriptionEnded(SubscriptionEnd::Interrupted { .. })] = &inputs(&news)[..] else {
        panic!("{news:?}")
    };
}

#[test]
fn the_events_of_an_order_from_before_are_asked_for() {
    let mut talk = Talk::new(Some(signed_in()));
    talk.greeted(OUR_LOG);
    let news = talk.session.ask_for_events(OrderId::new(Uuid::from_u128(2)));
    let events = request(&news, "Events");
    let event = json!({
        "id": Uuid::from_u128(3),
        "cursor": format!("{OUR_LOG}:3"),
        "type": "OrderPlaced",
        "message": "The customer ordered.",
        "source": "customer",
        "orderId": Uuid::from_u128(2),
        "mutationId": null,
        "causationId": null,
        "recordedAt": "2026-11-21T12:04:00Z"
    });
    let news = talk.answer(events, &json!({ "events": { "nodes": [event] } }));
    let [News::Event(log_id, event)] = &news[..] else { panic!("{news:?}") };
    assert_eq!((*log_id, event.position.get()), (LogId::new(OUR_LOG), 3));
}

#[test]
fn what_cannot_be_said_now_is_asked_again_after_a_while() {
    let mut talk = Talk::new(Some(signed_in()));
    let server = request(&talk.connected(), "Server");
    talk.event(LinkEvent::Failed { id: server, errors: json!([{ "message": "busy" }]) });
    let due = talk.session.next_wakeup().unwrap();
    assert!(talk.session.tick(talk.moment.monotonic()).is_empty(), "not at once");
    request(&talk.session.tick(due), "Server");
    assert_eq!(talk.session.next_wakeup(), None);
}
