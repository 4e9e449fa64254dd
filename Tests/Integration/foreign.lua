-- A foreign client of the milter protocol (miltertest): the agent answers as a filter must. Variables: socket, recipient.

conn = mt.connect(socket)
if conn == nil then error("no connection to " .. socket) end

local function continues(what)
    local reply = mt.getreply(conn)
    if reply ~= SMFIR_CONTINUE and reply ~= SMFIR_ACCEPT then error(what .. ": answer " .. string.char(reply)) end
    return reply
end

-- A close before anything was said, and a session that is given up twice.
local silent = mt.connect(socket)
mt.disconnect(silent)

if mt.conninfo(conn, "mx.elsewhere.example", "192.0.2.25") ~= nil then error("conninfo") end
-- The agent asks for no HELO and no end of header, and miltertest takes that literally.
for _ = 1, 2 do
    mt.macro(conn, SMFIC_MAIL, "i", "FOREIGN0")
    if mt.mailfrom(conn, "<>") ~= nil then error("mailfrom") end
    mt.abort(conn)
end

mt.macro(conn, SMFIC_MAIL, "i", "FOREIGN1")
if mt.mailfrom(conn, "<>") ~= nil then error("mailfrom") end
continues("MAIL")
if mt.rcptto(conn, "<news@origin.example>") ~= nil then error("rcptto") end
continues("RCPT")
mt.header(conn, "From", "MAILER-DAEMON@relay.elsewhere.example")
mt.header(conn, "Subject", "Undelivered Mail Returned to Sender")
mt.header(conn, "Message-ID", "<foreign@relay.elsewhere.example>")
mt.header(conn, "MIME-Version", "1.0")
mt.header(conn, "Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
mt.bodystring(conn, "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.elsewhere.example\r\n\r\n")
mt.bodystring(conn, "Final-Recipient: rfc822; " .. recipient .. "\r\nAction: failed\r\nStatus: 5.1.1\r\n")
mt.bodystring(conn, "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b--\r\n")
if mt.eom(conn) ~= nil then error("eom") end
continues("end of message")
mt.disconnect(conn)
