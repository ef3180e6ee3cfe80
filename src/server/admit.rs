//! Whether a request may do what it asks for. Nothing here changes anything.

use super::{Append, Extent, Intent, Refusal, Session, Status, TicketId};
use crate::policy::{Contention, Overlap};
use crate::{Saved, offset};

/// What an admitted request will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Plan {
    /// Tell how far the upload is.
    Progress,
    /// Tell that the upload is given up already, as this request asks.
    Cancelled,
    /// Read the body to its end for the sake of its length, store nothing, then tell how far the upload is.
    Drain,
    /// Read the body and store it.
    Append,
    /// Every byte is there: commit.
    Close,
    /// Discard, as the client asks.
    Cancel,
    /// Discard, as the server asks.
    Expire,
}

impl Session {
    /// What `intent` may do now, when `me` is the request that holds the session already.
    #[inline]
    pub(super) fn plan(&self, intent: &Intent, me: Option<TicketId>) -> Result<Plan, Refusal> {
        match (self.saved, intent) {
            // R24: one at a time while the store ends the upload.
            (Saved::Open, _) if self.ending => Err(Refusal::Busy),
            (Saved::Open, _) => self.plan_open(intent, me),
            // R22: the success can be asked for again, whatever comes with the question.
            (Saved::Complete, Intent::Cancel) => Err(Refusal::AlreadyComplete),
            (Saved::Complete, _) => Ok(Plan::Progress),
            // R23: after the end, the end is told.
            (Saved::Cancelled, Intent::Cancel) => Ok(Plan::Cancelled),
            (Saved::Cancelled, _) => Err(Refusal::Cancelled),
            (Saved::Expired, _) => Err(Refusal::Expired),
            (Saved::Dead, _) => Err(Refusal::Dead),
        }
    }

    #[inline]
    fn plan_open(&self, intent: &Intent, me: Option<TicketId>) -> Result<Plan, Refusal> {
        let plan = match intent {
            Intent::Append(append) => self.plan_append(append)?,
            Intent::Status(status) => self.plan_status(status)?,
            Intent::Cancel => Plan::Cancel,
        };
        let contended = self.policy.contention == Contention::Refuse && self.holder.is_some() && self.holder != me;
        if contended && matches!(plan, Plan::Append | Plan::Close) { Err(Refusal::Busy) } else { Ok(plan) }
    }

    /// Whether what `plan` does must stop an append that is under way.
    #[inline]
    pub(super) fn needs_claim(&self, plan: Plan) -> bool {
        match plan {
            Plan::Append | Plan::Close | Plan::Cancel | Plan::Expire => true,
            // With skipping a question is harmless.
            Plan::Progress | Plan::Drain => self.policy.overlap == Overlap::Conflict && self.holder.is_some(),
            Plan::Cancelled => false,
        }
    }

    #[inline]
    fn plan_status(&self, status: &Status) -> Result<Plan, Refusal> {
        // R08: a question has no body. If only its end can tell, it is read.
        if status.body.is_some_and(|body| body > 0) {
            return Err(Refusal::StatusWithBody);
        }
        // R10: naming exactly what is persisted closes the upload, unless another total was declared.
        let closes = status.total == Some(self.persisted.get()) && self.total.is_none_or(|t| Some(t) == status.total);
        Ok(match status.body {
            _ if closes => Plan::Close,
            Some(_) => Plan::Progress,
            None => Plan::Drain,
        })
    }

    #[inline]
    fn plan_append(&self, append: &Append) -> Result<Plan, Refusal> {
        let Append { at, extent, total, body } = *append;
        let persisted = self.persisted;
        // Where the body ends at the least; `None` if that is past every offset.
        let reach = match extent {
            Extent::To(end) => Some(end),
            Extent::Body | Extent::Last => offset::end(at, body.unwrap_or(0)),
        };
        let declared = self.check_total(append, reach)?;
        let reach = self.check_size(reach, total)?;
        if at > persisted.get() {
            // R12: there are no holes.
            return Err(Refusal::Gap { at, persisted });
        }
        if at < persisted.get() && self.policy.overlap == Overlap::Conflict {
            return Err(Refusal::Conflict { at, persisted });
        }
        let is_known = body.is_some() || matches!(extent, Extent::To(_));
        if extent == Extent::Last {
            if is_known && reach < persisted.get() {
                return Err(Refusal::TotalBelowPersisted { total: reach, persisted });
            }
            return Ok(Plan::Append);
        }
        let is_last = declared == Some(reach);
        if !is_known || is_last {
            Ok(Plan::Append)
        } else if reach <= persisted.get() {
            Ok(Plan::Drain)
        } else if offset::floor(reach, self.policy.granularity) <= persisted.get() {
            Err(Refusal::TooSmall { granularity: self.policy.granularity.get(), end: reach })
        } else {
            Ok(Plan::Append)
        }
    }

    /// R06 and R11: the range, the length of the body and the totals must agree. The total that counts.
    #[inline]
    fn check_total(&self, append: &Append, reach: Option<u64>) -> Result<Option<u64>, Refusal> {
        let Append { at, extent, total, body } = *append;
        let persisted = self.persisted;
        if let (Some(declared), Some(named)) = (self.total, total)
            && declared != named
        {
            return Err(Refusal::TotalChanged { declared, named });
        }
        let declared = self.total.or(total);
        if let Some(total) = declared
            && total < persisted.get()
        {
            return Err(Refusal::TotalBelowPersisted { total, persisted });
        }
        let end = match extent {
            Extent::To(end) => Some(end),
            Extent::Last => declared,
            Extent::Body => None,
        };
        if let (Some(end), Some(body)) = (end, body)
            && offset::between(at, end) != body
        {
            return Err(Refusal::LengthMismatch { range: offset::between(at, end), body });
        }
        match declared {
            Some(total) if reach.is_none_or(|reach| reach > total) => {
                Err(Refusal::BeyondTotal { end: reach.unwrap_or(u64::MAX), total })
            }
            _ => Ok(declared),
        }
    }

    /// R16: what is known to be too large is refused at once. Where the body ends at the least.
    #[inline]
    fn check_size(&self, reach: Option<u64>, total: Option<u64>) -> Result<u64, Refusal> {
        let max_size = self.policy.max_size;
        let size = reach.unwrap_or(u64::MAX).max(total.unwrap_or(0));
        match reach {
            Some(reach) if size <= max_size => Ok(reach),
            _ => Err(Refusal::TooLarge { max_size, size }),
        }
    }
}
