//! The writer's thread, which drives a [`Node`] by the system's clock, and the handle to it.
//!
//! Questions wait in a bounded queue. What waits is taken together: all blocks in the queue are
//! executed and written with one sync, during which the next ones gather. Signatures are checked by who
//! asks, before the queue, so they use all processors.

use crate::metrics::Metrics;
use crate::node::{Action, Answer, Event, Lever, Millis, Node, Publication, Stop, Ticket};
use crate::peering;
use crate::service::{
    Dev, Happening, Later, Moment, PeerInfo, Peers, Service, ServiceError, SyncInfo, SyncState,
};
use arc_swap::ArcSwap;
use ledger::types::Address;
use ledger::verify::{block::SignatureCheck, signature};
use ledger::{AccountBlock, DetailedMomentum, Momentum};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{broadcast, oneshot};

/// Most questions that wait for the writer.
const QUEUE_MAX: usize = 4_096;
/// Most blocks that are written together; answers to the first should not wait for too many others.
const BATCH_MAX: usize = 512;
/// Happenings that a slow subscriber may lag behind before it misses some.
const HAPPENINGS_MAX: usize = 1_024;
/// Blocks that whoever spreads them may lag behind before it misses some.
const ENTERED_MAX: usize = 4_096;
/// Nobody has said whether the network's newest momentum is here.
const UNTOLD: u8 = 0;
/// It is not.
const NOT_SYNCED: u8 = 1;
/// It is.
const SYNCED: u8 = 2;
/// The longest that the writer sleeps, so that a clock that is set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// The system's clock.
pub fn system_millis() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

type Reply = oneshot::Sender<Result<Answer, ServiceError>>;

enum Question {
    Publish(Box<AccountBlock>, SignatureCheck, Reply),
    Momentums(Vec<DetailedMomentum>, SignatureCheck, Reply),
    Dev(Lever, Reply),
    /// What the handle and the writer share has changed.
    Look,
}

/// What the handle and the writer share.
struct Shared {
    moment: ArcSwap<crate::node::Moment>,
    happenings: broadcast::Sender<Happening>,
    entered: broadcast::Sender<Arc<AccountBlock>>,
    clock_ahead_ms: AtomicI64,
    stopped: OnceLock<Stop>,
    closing: AtomicBool,
    metrics: Arc<Metrics>,
    /// One of the constants above.
    synced: AtomicU8,
}

/// A node that runs in a thread of its own.
pub struct Handle {
    /// Gone once the node is told to stop.
    questions: Mutex<Option<SyncSender<Question>>>,
    shared: Arc<Shared>,
    me: PeerInfo,
    dev: bool,
    block_time: u64,
    /// The node's place among others, if it has one.
    network: OnceLock<Arc<peering::Shared>>,
    /// Addresses of the keys with which this node makes momentums.
    producers: Vec<Address>,
}

/// The thread.
pub struct Writer(JoinHandle<()>);

impl Writer {
    /// Starts a thread that drives `node`.
    pub fn start(
        node: Node,
        metrics: Arc<Metrics>,
        me: PeerInfo,
        dev: bool,
        block_time: u64,
    ) -> std::io::Result<(Handle, Writer)> {
        let (questions, queue) = sync_channel(QUEUE_MAX);
        let shared = Arc::new(Shared {
            moment: ArcSwap::from_pointee(node.moment()),
            happenings: broadcast::Sender::new(HAPPENINGS_MAX),
            entered: broadcast::Sender::new(ENTERED_MAX),
            clock_ahead_ms: AtomicI64::new(node.clock_ahead_ms()),
            stopped: OnceLock::new(),
            closing: AtomicBool::new(false),
            synced: AtomicU8::new(UNTOLD),
            metrics,
        });
        let producers = node.producers().collect();
        let desk = Desk {
            node,
            shared: shared.clone(),
            replies: BTreeMap::new(),
            last: 0,
            synced: UNTOLD,
        };
        desk.look_for_stop();
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || desk.work(&queue))?;
        let questions = Mutex::new(Some(questions));
        let network = OnceLock::new();
        let handle = Handle { questions, shared, me, dev, block_time, network, producers };
        Ok((handle, Writer(thread)))
    }

    /// Waits until the thread has ended and the store is closed.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer's thread ended in a panic");
        }
    }
}

/// The writer's side.
struct Desk {
    node: Node,
    shared: Arc<Shared>,
    replies: BTreeMap<Ticket, Reply>,
    last: Ticket,
    /// What the node was told last.
    synced: u8,
}

impl Desk {
    fn work(mut self, queue: &Receiver<Question>) {
        loop {
            let synced = self.shared.synced.load(Ordering::Acquire);
            if synced != self.synced {
                self.synced = synced;
                self.tell(Event::Synced(synced == SYNCED));
            }
            let now = system_millis();
            let wait = match self.node.deadline(now) {
                Some(at) => Duration::from_millis(at.saturating_sub(now)).min(SLEEP_MAX),
                None => SLEEP_MAX,
            };
            // Blocks that wait belong into the momentum that is due, so they come before the tick.
            let first = match queue.try_recv() {
                Ok(question) => Some(question),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) if wait.is_zero() => None,
                Err(TryRecvError::Empty) => match queue.recv_timeout(wait) {
                    Ok(question) => Some(question),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
            };
            match first {
                Some(question) => self.take(question, queue),
                None => self.tell(Event::Tick),
            }
            // A long line of questions must not keep a slot from being filled.
            if first_due(&self.node) {
                self.tell(Event::Tick);
            }
        }
    }

    /// Takes a question, and with it the blocks that wait behind it.
    fn take(&mut self, question: Question, queue: &Receiver<Question>) {
        let mut blocks = Vec::new();
        let mut next = Some(question);
        while let Some(question) = next.take() {
            match question {
                Question::Publish(block, check, reply) => {
                    self.shared.metrics.queued_blocks.fall();
                    let ticket = self.ticket(reply);
                    blocks.push(Publication { ticket, block: *block, check });
                    if blocks.len() < BATCH_MAX {
                        next = queue.try_recv().ok();
                    }
                }
                Question::Momentums(momentums, check, reply) => {
                    self.publish(&mut blocks);
                    let ticket = self.ticket(reply);
                    self.tell(Event::Momentums { ticket, momentums, check });
                }
                Question::Look => {}
                Question::Dev(lever, reply) => {
                    self.publish(&mut blocks);
                    let ticket = self.ticket(reply);
                    self.tell(Event::Dev { ticket, lever });
                }
            }
        }
        self.publish(&mut blocks);
    }

    fn ticket(&mut self, reply: Reply) -> Ticket {
        self.last += 1;
        self.replies.insert(self.last, reply);
        self.last
    }

    fn publish(&mut self, blocks: &mut Vec<Publication>) {
        if !blocks.is_empty() {
            self.tell(Event::Publish(std::mem::take(blocks)));
        }
    }

    /// Gives the node an event and does what it wants done: readers see the new ledger before anyone is
    /// told of it.
    fn tell(&mut self, event: Event) {
        let changes = !matches!(event, Event::Tick);
        let height = self.node.identifier();
        let mut out = Vec::new();
        self.node.on(system_millis(), event, &mut out);
        self.look_for_stop();
        if self.node.stopped().is_none_or(|stop| matches!(stop, Stop::Spork { .. }))
            && (changes || self.node.identifier() != height || !out.is_empty())
        {
            self.shared.moment.store(Arc::new(self.node.moment()));
        }
        self.shared.clock_ahead_ms.store(self.node.clock_ahead_ms(), Ordering::Release);
        for action in out {
            match action {
                Action::Answer(ticket, answer) => {
                    if let Some(reply) = self.replies.remove(&ticket) {
                        // Whoever asked may have gone.
                        let _ = reply.send(answer);
                    }
                }
                Action::Happening(happening) => {
                    // Nobody need listen.
                    let _ = self.shared.happenings.send(happening);
                }
                Action::Entered(block) => {
                    let _ = self.shared.entered.send(block);
                }
            }
        }
    }

    fn look_for_stop(&self) {
        if let Some(stop) = self.node.stopped() {
            self.shared.stopped.get_or_init(|| stop.clone());
        }
    }
}

fn first_due(node: &Node) -> bool {
    let now = system_millis();
    node.deadline(now).is_some_and(|at| at <= now)
}

impl Handle {
    /// Tells the writer to stop once what waits is answered.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::Release);
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Hands in momentums that follow one another, from a peer or a file. The answer is the newest
    /// height.
    pub fn insert(
        &self,
        momentums: Vec<DetailedMomentum>,
        check: SignatureCheck,
    ) -> Later<Result<u64, ServiceError>> {
        let answer = self.ask(|reply| Question::Momentums(momentums, check, reply));
        Box::pin(async move { answer.await.map(height) })
    }

    /// Lets the handle answer for the network as well.
    pub(crate) fn attach(&self, network: Arc<peering::Shared>) {
        // A node joins its network once.
        let _ = self.network.set(network);
    }

    /// Tells the writer whether the network's newest momentum is here.
    pub fn set_synced(&self, synced: bool) {
        self.shared.synced.store(if synced { SYNCED } else { NOT_SYNCED }, Ordering::Release);
        // A full queue wakes the writer as well.
        if let Some(questions) = &*self.questions.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = questions.try_send(Question::Look);
        }
    }

    /// Whether a momentum was made with a key of this node.
    pub fn makes(&self, momentum: &Momentum) -> bool {
        self.producers.contains(&momentum.producer())
    }

    /// Blocks that come into the pool from now on.
    pub fn entered(&self) -> broadcast::Receiver<Arc<AccountBlock>> {
        self.shared.entered.subscribe()
    }

    /// Why the node stopped by itself, if it did.
    pub fn not_ready_reason(&self) -> Option<String> {
        self.shared.stopped.get().map(Stop::to_string)
    }

    /// What keeps the node from having the network's newest momentum.
    fn behind(&self) -> Option<String> {
        let sync = self.network.get()?.sync_info();
        let SyncInfo { current_height, target_height, .. } = sync;
        match sync.state {
            SyncState::Done => None,
            SyncState::Unknown => Some("no peer has told its height yet".to_owned()),
            SyncState::Syncing => Some(format!("at momentum {current_height} of {target_height}")),
            SyncState::NotEnoughPeers => Some("not enough peers".to_owned()),
        }
    }

    /// Why the node stopped by itself, if it did.
    pub fn stopped(&self) -> Option<Stop> {
        self.shared.stopped.get().cloned()
    }

    fn ask(&self, question: impl FnOnce(Reply) -> Question) -> Later<Result<Answer, ServiceError>> {
        let (reply, answer) = oneshot::channel();
        let questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = match &*questions {
            Some(questions) => {
                let question = question(reply);
                let is_block = matches!(question, Question::Publish(..));
                // Raised before the writer can lower it.
                if is_block {
                    self.shared.metrics.queued_blocks.rise();
                }
                questions.try_send(question).map_err(|error| {
                    if is_block {
                        self.shared.metrics.queued_blocks.fall();
                    }
                    match error {
                        TrySendError::Full(_) => ServiceError::Busy { waiting: QUEUE_MAX },
                        TrySendError::Disconnected(_) => ServiceError::Stopping,
                    }
                })
            }
            None => Err(ServiceError::Stopping),
        };
        Box::pin(async move {
            sent?;
            answer.await.unwrap_or(Err(ServiceError::Stopping))
        })
    }

    fn pull(&self, lever: Lever) -> Later<Result<Answer, ServiceError>> {
        self.ask(|reply| Question::Dev(lever, reply))
    }
}

fn height(answer: Answer) -> u64 {
    match answer {
        Answer::Height(height) => height,
        other => unreachable!("asked for a height, answered {other:?}"),
    }
}

impl Service for Handle {
    fn moment(&self) -> Arc<dyn Moment> {
        self.shared.moment.load_full()
    }

    fn publish(&self, block: AccountBlock) -> Later<Result<(), ServiceError>> {
        // One that does not verify is looked at again by the writer: which refusal comes first is the
        // ledger's to say.
        let verified =
            signature::verify(&block.public_key, block.hash.as_bytes(), &block.signature);
        let check = if verified { SignatureCheck::Done } else { SignatureCheck::Now };
        let answer = self.ask(|reply| Question::Publish(Box::new(block), check, reply));
        Box::pin(async move { answer.await.map(|_| ()) })
    }

    fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.shared.happenings.subscribe()
    }

    fn sync_info(&self) -> SyncInfo {
        if let Some(network) = self.network.get() {
            return network.sync_info();
        }
        let height = self.shared.metrics.height.get();
        SyncInfo { state: SyncState::Done, current_height: height, target_height: height }
    }

    fn peers(&self) -> (PeerInfo, Vec<PeerInfo>) {
        match self.network.get() {
            Some(network) => network.infos(),
            None => (self.me.clone(), Vec::new()),
        }
    }

    fn network(&self) -> Option<&dyn Peers> {
        self.network.get().map(|network| network as &dyn Peers)
    }

    fn now(&self) -> u64 {
        let ahead = self.shared.clock_ahead_ms.load(Ordering::Acquire);
        system_millis().saturating_add_signed(ahead) / 1000
    }

    fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    fn not_ready(&self) -> Option<String> {
        if self.shared.closing.load(Ordering::Acquire) {
            return Some(ServiceError::Stopping.to_string());
        }
        self.not_ready_reason().or_else(|| self.behind())
    }

    fn dev(&self) -> Option<&dyn Dev> {
        self.dev.then_some(self)
    }
}

impl Dev for Handle {
    fn mine(&self, count: u64) -> Later<Result<u64, ServiceError>> {
        let answer = self.pull(Lever::Mine(count));
        Box::pin(async move { answer.await.map(height) })
    }

    fn snapshot(&self) -> Later<Result<u64, ServiceError>> {
        let answer = self.pull(Lever::Snapshot);
        Box::pin(async move {
            answer.await.map(|answer| match answer {
                Answer::Snapshot(name) => name,
                other => unreachable!("asked for a snapshot, answered {other:?}"),
            })
        })
    }

    fn revert(&self, snapshot: u64) -> Later<Result<bool, ServiceError>> {
        let answer = self.pull(Lever::Revert(snapshot));
        Box::pin(async move {
            answer.await.map(|answer| match answer {
                Answer::Reverted(done) => done,
                other => unreachable!("asked for a snapshot, answered {other:?}"),
            })
        })
    }

    fn increase_time(&self, seconds: u64) -> Later<Result<u64, ServiceError>> {
        let answer = self.pull(Lever::IncreaseTime(seconds));
        Box::pin(async move {
            answer.await.map(|answer| match answer {
                Answer::Time(time) => time,
                other => unreachable!("asked for a time, answered {other:?}"),
            })
        })
    }

    fn set_on_demand(&self, on: bool) -> Later<Result<(), ServiceError>> {
        let answer = self.pull(Lever::SetOnDemand(on));
        Box::pin(async move { answer.await.map(|_| ()) })
    }

    fn block_time(&self) -> u64 {
        self.block_time
    }
}
