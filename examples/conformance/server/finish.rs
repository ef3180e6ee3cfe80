//! How an upload ends that somebody has done things to: an honest client finishes it, and the object is compared.

use std::thread;
use std::time::Duration;

use super::{Request, Upload};
use crate::kit::case::{Finding, Stop};
use crate::kit::wire::{Answer, NoAnswer};

/// How often an honest client tries to finish an upload without progress.
const TRIES: usize = 10;

/// How long it waits after 503.
const PAUSE: Duration = Duration::from_millis(200);

impl Upload<'_> {
    /// What an honest client comes to: it asks, sends what is missing and compares the object. What has gone wrong
    /// against the account is in it. `Refused` if the upload cannot be finished.
    pub fn finish(&mut self) -> Finding {
        let finding = self.try_to_finish().unwrap_or_else(|Stop(finding)| finding);
        match self.account.take() {
            Some(account) => account.and(finding),
            None => finding,
        }
    }

    /// Asks like [`ask`](Self::ask), and again if the connection is closed: a request from before, whose client is gone,
    /// may reach the server only now, and take over.
    pub fn ask_again(&mut self, request: &Request) -> Result<Answer, Stop> {
        let mut closed = 0;
        loop {
            match self.ask_once(request) {
                Err(NoAnswer::Closed | NoAnswer::Reset) if closed < TRIES => closed += 1,
                answer => return Ok(answer?),
            }
            thread::sleep(PAUSE);
        }
    }

    fn try_to_finish(&mut self) -> Result<Finding, Stop> {
        if !self.completed
            && let Some(object) = self.object()?
            && (self.sent < self.data.len() || object != self.data)
        {
            let (got, all) = (object.len(), self.data.len());
            return Ok(Finding::wrong(format!("an object of {got} bytes can be read before {all} were sent")));
        }
        let mut stuck = 0;
        while !self.completed {
            let before = self.acked;
            let mut answer = self.ask_again(&Request::raw("bytes */*"))?;
            if answer.status == 308 {
                answer = self.send_rest()?;
            }
            if !matches!(answer.status, 308 | 503) && !self.completed {
                return Ok(Finding::refused(format!("then the upload cannot go on: {answer}")));
            }
            stuck = if self.acked > before { 0 } else { stuck + 1 };
            if stuck == TRIES {
                return Ok(Finding::refused(format!("then the upload does not end: {answer}")));
            }
            if answer.status == 503 {
                thread::sleep(PAUSE);
            }
        }
        self.compare()
    }

    fn send_rest(&mut self) -> Result<Answer, Stop> {
        let (start, end) = (self.acked, self.data.len());
        if start >= end {
            return self.ask_again(&Request::raw(format!("bytes */{end}")));
        }
        let mut request = Request::raw(format!("bytes {start}-{}/{end}", end - 1)).body(&self.data[start..]);
        request.offsets = Some(start..end);
        self.ask_again(&request)
    }

    fn compare(&self) -> Result<Finding, Stop> {
        if !self.site.readable {
            return Ok(Finding::ok("then complete"));
        }
        let Some(object) = self.object()? else {
            return Ok(Finding::wrong("success, but the object cannot be read"));
        };
        let same = object.iter().zip(&self.data).take_while(|(got, sent)| got == sent).count();
        Ok(if object == self.data {
            Finding::ok("then complete and identical")
        } else {
            let (got, sent) = (object.len(), self.data.len());
            Finding::wrong(format!("the object has {got} bytes, sent were {sent}; they differ from byte {same} on"))
        })
    }
}
