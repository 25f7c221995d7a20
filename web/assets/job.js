// The page of a job: looks every second how far it is, and fetches the result
// of one that the visitor has just asked for.
const box = document.querySelector('[data-job]')
const pause = 1000
let leaving = false // a button was pressed: loading again would break off what it asked for

async function look(last) {
  let now
  try {
    const answer = await fetch(box.dataset.job, { headers: { Accept: 'application/json' } })
    now = answer.ok ? await answer.json() : { final: true } // else signed out, or gone
  } catch {
    return setTimeout(look, 3 * pause, last) // the network comes back
  }
  if (leaving) return
  if (now.final) return location.reload()
  box.querySelector('[data-words]').textContent = now.words
  const bar = box.querySelector('progress')
  if (now.total > 0) {
    bar.max = now.total
    bar.value = now.done
  } else {
    bar.removeAttribute('value')
  }
  // Read aloud at every fifth of the way, not at every look.
  const part = now.total > 0 ? Math.floor((5 * now.done) / now.total) : -1
  if (part !== last) box.querySelector('[data-said]').textContent = now.words
  setTimeout(look, pause, part)
}

addEventListener('submit', () => { leaving = true })
if (box) look(-1)

const file = document.querySelector('[data-start]')
if (file) {
  const address = new URL(location.href)
  address.searchParams.delete('start') // looking again does not fetch it again
  history.replaceState(null, '', address)
  file.click()
}
