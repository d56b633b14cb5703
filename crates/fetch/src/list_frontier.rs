//! What sitemaps, feeds and listings lead to: their pages, further lists, and the next page of a listing.

use crate::client::Response;
use crate::crawl::Crawl;
use crate::discover::{self, Outlink, OutlinkKind, Role};
use crate::lists::{self, AddressList};
use crate::named_by::NamedBy;
use crate::pagination::numbered_page;
use crate::queue::{Queue, RobotsPolicy, Task, origin, seen_key};
use crate::{Fault, Plan, links, refresh};
use sanad_document::Page;
use sanad_document::secrets::masked;
use std::sync::Arc;
use url::Url;

impl Crawl<'_> {
    /// Reads a sitemap, a feed or a page of a listing and queues what it leads to. It isn't captured.
    pub(super) fn read_list(&self, task: &Task, response: &Response) {
        let Some(plan) = self.plans.get(task.plan) else { return };
        if let Some(target) = refresh::destination(response, &task.url) {
            let mut queue = self.queue();
            if let Some(next) = self.redirected(&mut queue, task, target, response.values("set-cookie")) {
                self.enqueue(&mut queue, next);
            }
            return;
        }
        // A listing whose address is counted up ends where no further page exists.
        let is_beyond_end =
            matches!(task.role, Role::Listing { page: 1.., .. }) && matches!(response.status, 404 | 410);
        let (mut list, link_to_next) = match response.status {
            200 | 203 => read_list(plan, task, response),
            _ if is_beyond_end => (AddressList::default(), None),
            status => (AddressList::unreadable(Fault::Status { status }), None),
        };
        let mut queue = self.queue();
        let next = self.next_page(&mut queue, task, &list.outlinks, link_to_next);
        let named = list.outlinks.len();
        let is_of_source = list.outlinks.iter().any(|outlink| plan.owns(&outlink.url));
        let found = self.tasks(task, std::mem::take(&mut list.outlinks));
        let reason = match task.role {
            Role::Listing { page: 0, .. } if found.is_empty() => "no link on it is one that `follow` allows".to_owned(),
            Role::Sitemap | Role::Feed if !is_of_source => {
                format!("it names {named} addresses, but none on the source's `hosts`")
            }
            Role::Sitemap | Role::Feed if found.is_empty() && !plan.discovery.follow.is_empty() => {
                format!("it names {named} addresses, but none that `follow` allows")
            }
            _ => String::new(),
        };
        if list.faults.is_empty() && !reason.is_empty() {
            list.faults.push(Fault::ListEmpty { reason });
        }
        for fault in list.faults {
            self.report(&mut queue, task, Err(fault));
        }
        for task in found.into_iter().chain(next) {
            self.enqueue(&mut queue, task);
        }
    }

    /// The task for a listing's next page, as long as it may lead to anything new.
    ///
    /// The walk ends behind a page whose links all stand on earlier pages of the listing. It also ends behind a page whose
    /// links earlier runs have all captured, unless it is time for a walk of the whole listing. What a sitemap or a page
    /// has named already is no end: further pages may name what they don't.
    fn next_page(
        &self,
        queue: &mut Queue,
        task: &Task,
        outlinks: &[Outlink],
        link_to_next: Option<Url>,
    ) -> Option<Task> {
        let Role::Listing { listing: number, page } = task.role else { return None };
        let plan = self.plans.get(task.plan)?;
        let listing = plan.discovery.listings.get(number)?;
        let walked = queue.walked.entry((task.plan, number)).or_default();
        let unseen: Vec<&Outlink> = outlinks.iter().filter(|l| walked.insert(seen_key(task.plan, &l.url))).collect();
        let store = self.store();
        let since = store.journal.walks.get(&(plan.id.clone(), masked(listing).into_owned())).copied();
        let is_whole = since.is_none_or(|since| since + 1 >= self.setup.full_every);
        let is_new = |outlink: &Outlink| {
            let url = masked(outlink.url.as_str()).into_owned();
            !store.journal.visits.contains_key(&url) || store.journal.done.contains_key(&(plan.id.clone(), url))
        };
        let has_room = queue.pages.get(&task.plan).is_none_or(|pages| *pages < plan.discovery.limit());
        let goes_on = has_room && if is_whole { !unseen.is_empty() } else { unseen.into_iter().any(is_new) };
        let counted_up = numbered_page(listing, page + 1);
        let link_names_next = counted_up.is_none();
        let url = match counted_up {
            Some(address) => Url::parse(&address).ok(),
            None => link_to_next,
        };
        let has_next = url.is_some();
        let limit = plan.discovery.listing_pages();
        let next = url.filter(|_| goes_on && page + 1 < limit);
        // A limit that the source itself sets is meant.
        if goes_on && has_next && next.is_none() && plan.discovery.listing_pages == 0 {
            let what =
                format!("its first {limit} pages were read, and it has more; raise `listing_pages` of the source");
            self.report(queue, task, Err(Fault::ListLimit { what }));
        }
        if next.is_none() {
            let since = if is_whole { 0 } else { since.map_or(0, |since| since + 1) };
            queue.walks.insert((plan.id.clone(), listing.clone()), since);
        }
        // A listing whose address is counted up names no next page itself.
        let named_by = if link_names_next { task.as_source() } else { NamedBy::Configuration };
        let role = Role::Listing { listing: number, page: page + 1 };
        next.map(|url| Task { named_by, ..Task::new(task.plan, url, role) })
    }

    /// Queues the sitemaps that an origin's robots.txt names, once per plan, if the plan wants them.
    pub(super) fn queue_robots_sitemaps(&self, task: &Task, policy: &RobotsPolicy) {
        let plan = self.plans.get(task.plan).filter(|p| p.discovery.robots_sitemaps);
        let (Some(plan), Some(robots)) = (plan, policy.robots()) else { return };
        let mut queue = self.queue();
        if queue.sitemaps_queued.insert((task.plan, origin(&task.url))) {
            let named_by = NamedBy::Robots(Arc::from(format!("{}/robots.txt", origin(&task.url))));
            for url in robots.sitemap_urls(&task.url).into_iter().filter(|url| plan.owns(url)) {
                let named_by = named_by.clone();
                self.enqueue(&mut queue, Task { named_by, ..Task::new(task.plan, url, Role::Sitemap) });
            }
        }
    }
}

/// The addresses in a sitemap, a feed or a page of a listing; and the address of a listing's next page.
fn read_list(plan: &Plan, task: &Task, response: &Response) -> (AddressList, Option<Url>) {
    if matches!(task.role, Role::Listing { .. }) {
        let (outlinks, next) = discover::in_listing(plan, &links::of_response(response, &task.url), &task.url);
        return (AddressList::of(outlinks), next);
    }
    let coding = response.joined("content-encoding");
    let page = Page {
        url: Some(task.url.as_str()),
        content_type: response.header("content-type"),
        content_coding: coding.as_deref(),
        ..Page::default()
    };
    let mut list = lists::read(&response.body, &page, &task.url);
    list.outlinks.retain(|outlink| outlink.kind != OutlinkKind::Version || plan.discovery.translations);
    (list, None)
}
